package dev.fresnel.load.internal.format.torch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.torch.PickleGlobals.Global;
import dev.fresnel.load.internal.format.torch.PickleGlobals.Nothing;
import dev.fresnel.load.internal.format.torch.PickleGlobals.PickleTuple;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads Python's pickle format as far as state dicts need it: plain data, and what {@link
 * PickleGlobals} knows. It runs no code, does not recurse, and what it keeps is bounded.
 */
final class Unpickler {
  private static final Object MARK = new Object();

  private final DataFile file;
  private final PickleInput in;
  private final PickleGlobals globals;
  private List<Object> stack = new ArrayList<>();
  private PickleMemo memo = new PickleMemo();

  /**
   * @param bytes pickles, one behind the other
   * @param start where in the file they begin, for messages
   */
  Unpickler(DataFile file, byte[] bytes, long start, PickleGlobals globals) {
    this.file = file;
    this.in = new PickleInput(file, bytes, start);
    this.globals = globals;
  }

  /** How many bytes were read. */
  int position() {
    return in.position();
  }

  /**
   * The next pickle's value: String, Long, BigInteger, Double, Boolean, List, PickleDict, or of
   * PickleGlobals.
   */
  Object next() {
    stack = new ArrayList<>();
    memo = new PickleMemo();
    while (true) {
      int opcode = in.u8();
      if (opcode == '.') {
        return pop();
      }
      step(opcode);
    }
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(in.u8());
      case 0x95 -> in.i64(); // FRAME: how many bytes follow; not needed here
      case '(' -> push(MARK, 8);
      case 'N' -> push(Nothing.NONE, 8);
      case 0x88 -> push(true, 8);
      case 0x89 -> push(false, 8);
      case 'J' -> push((long) in.i32(), 24);
      case 'K' -> push((long) in.u8(), 24);
      case 'M' -> push((long) in.u16(), 24);
      case 0x8a -> push(in.integer(in.u8()), 48);
      case 'G' -> push(in.float64(), 24);
      case 'X', 'T' -> push(in.text(in.u32()), 0);
      case 0x8c, 'U' -> push(in.text(in.u8()), 0);
      case 0x8d -> push(in.text(in.i64()), 0);
      case ')' -> push(new PickleTuple(List.of()), 32);
      case 0x85 -> tuple(stack.size() - 1);
      case 0x86 -> tuple(stack.size() - 2);
      case 0x87 -> tuple(stack.size() - 3);
      case 't' -> {
        int mark = mark();
        tuple(mark + 1);
        stack.remove(mark);
      }
      case ']' -> push(new ArrayList<Object>(), 48);
      case 'a' -> {
        Object item = pop();
        list().add(item);
        in.spend(8);
      }
      case 'e' -> {
        var items = sinceMark();
        list().addAll(items);
        in.spend(8L * items.size());
      }
      case '}' -> push(new PickleDict(), 64);
      case 's' -> {
        Object value = pop();
        put(List.of(pop(), value));
      }
      case 'u' -> put(sinceMark());
      case 'q' -> remember(in.u8());
      case 'r' -> remember(in.u32());
      case 0x94 -> remember(memo.size());
      case 'h' -> recall(in.u8());
      case 'j' -> recall(in.u32());
      case 'c' -> push(globals.global(in.line(), in.line()), 64);
      case 0x93 -> {
        Object name = pop();
        push(globals.global(text(pop()), text(name)), 64);
      }
      case 'Q' -> push(globals.storage(pop()), 64);
      case 'R' -> call();
      case 'b' -> build();
      default -> throw unknown(opcode);
    }
  }

  private FresnelException unknown(int opcode) {
    return in.error(
        "has the instruction 0x%02x, which weights do not need".formatted(opcode),
        "in Python, save the weights alone: torch.save(model.state_dict(), path)");
  }

  private void protocol(int version) {
    if (version < 2 || version > 5) {
      throw in.error("has protocol " + version + ", expected 2 to 5");
    }
  }

  private void push(Object value, long bytes) {
    in.spend(bytes + 8);
    stack.add(value);
  }

  private Object pop() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw in.error("takes something from an empty stack");
    }
    return stack.remove(stack.size() - 1);
  }

  private Object top() {
    Object top = pop();
    stack.add(top);
    return top;
  }

  private int mark() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw in.error("goes back to a mark that it did not set");
    }
    return mark;
  }

  /** Takes all values above the last mark, and the mark. */
  private List<Object> sinceMark() {
    var from = stack.subList(mark(), stack.size());
    var items = new ArrayList<>(from.subList(1, from.size()));
    from.clear();
    return items;
  }

  private void tuple(int from) {
    if (from < 0 || stack.subList(from, stack.size()).contains(MARK)) {
      throw in.error("takes something from an empty stack");
    }
    var items = stack.subList(from, stack.size());
    var tuple = new PickleTuple(items);
    items.clear();
    push(tuple, 40 + 8L * tuple.items().size());
  }

  private String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw in.error("names something by what is no text");
  }

  private void remember(long index) {
    in.spend(memo.put(index, top()));
  }

  private void recall(long index) {
    Object value = memo.get(index);
    if (value == null) {
      throw in.error("recalls what it did not remember");
    }
    push(value, 0);
  }

  @SuppressWarnings("unchecked")
  private List<Object> list() {
    if (top() instanceof ArrayList<?> list) {
      return (List<Object>) list;
    }
    throw in.error("appends to what is no list");
  }

  private void put(List<Object> keysAndValues) {
    if (!(top() instanceof PickleDict dict) || keysAndValues.size() % 2 != 0) {
      throw in.error("sets an item of what is no dict");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      in.spend(40);
      dict.put(key(file, keysAndValues.get(i)), keysAndValues.get(i + 1));
    }
  }

  /** A dict's key: a text or a number, which cannot go round in circles. */
  static Object key(DataFile file, Object key) {
    if (key instanceof String
        || key instanceof Long
        || key instanceof Boolean
        || key instanceof Double) {
      return key;
    }
    throw file.malformed("a dict in the pickle has a key that is neither text nor a number");
  }

  private void call() {
    Object arguments = pop();
    Object function = pop();
    if (!(function instanceof Global global) || !(arguments instanceof PickleTuple tuple)) {
      throw in.error("calls what is no function");
    }
    in.spend(256);
    for (Object argument : tuple.items()) {
      in.spend(argument instanceof List<?> list ? 40L * list.size() : 8);
    }
    push(globals.made(global, tuple.items()), 0);
  }

  /** Attributes of a dict, such as a state dict's versions: not needed. */
  private void build() {
    pop();
    if (!(top() instanceof PickleDict)) {
      throw in.error("sets attributes of what is no dict");
    }
  }
}
