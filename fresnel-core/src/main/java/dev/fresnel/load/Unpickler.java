package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.PickleGlobals.Global;
import dev.fresnel.load.PickleGlobals.Nothing;
import dev.fresnel.load.PickleGlobals.PickleTuple;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads Python's pickle format as far as state dicts need it: plain data, and what {@link
 * PickleGlobals} knows. It runs no code, does not recurse, and what it keeps is bounded.
 */
final class Unpickler {
  private static final long BUDGET = 96L << 20;
  private static final Object MARK = new Object();

  private final DataFile file;
  private final ByteBuffer in;
  private final long start;
  private final PickleGlobals globals;
  private List<Object> stack = new ArrayList<>();
  private Map<Long, Object> memo = new HashMap<>();
  private long spent;

  /**
   * @param bytes pickles, one behind the other
   * @param start where in the file they begin, for messages
   */
  Unpickler(DataFile file, byte[] bytes, long start, PickleGlobals globals) {
    this.file = file;
    this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.start = start;
    this.globals = globals;
  }

  /** How many bytes were read. */
  int position() {
    return in.position();
  }

  /** The next pickle's value: String, Long, BigInteger, Double, Boolean, List, Map, or of PickleGlobals. */
  Object next() {
    stack = new ArrayList<>();
    memo = new HashMap<>();
    while (true) {
      int at = in.position();
      int opcode = need(1).get() & 0xFF;
      if (opcode == '.') {
        return pop();
      }
      step(opcode, at);
    }
  }

  private void step(int opcode, int at) {
    switch (opcode) {
      case 0x80 -> protocol(need(1).get());
      case 0x95 -> need(8).getLong(); // FRAME: how many bytes follow; not needed here
      case '(' -> push(MARK, 8);
      case 'N' -> push(Nothing.NONE, 8);
      case 0x88 -> push(true, 8);
      case 0x89 -> push(false, 8);
      case 'J' -> push((long) need(4).getInt(), 24);
      case 'K' -> push(need(1).get() & 0xFFL, 24);
      case 'M' -> push(need(2).getShort() & 0xFFFFL, 24);
      case 0x8a -> push(integer(need(1).get() & 0xFF), 48);
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(need(8).getLong())), 24);
      case 'X', 'T' -> string(need(4).getInt() & 0xFFFF_FFFFL);
      case 0x8c, 'U' -> string(need(1).get() & 0xFF);
      case 0x8d -> string(need(8).getLong());
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
        spend(8);
      }
      case 'e' -> {
        var items = sinceMark();
        list().addAll(items);
        spend(8L * items.size());
      }
      case '}' -> push(new LinkedHashMap<Object, Object>(), 64);
      case 's' -> {
        Object value = pop();
        put(List.of(pop(), value));
      }
      case 'u' -> put(sinceMark());
      case 'q' -> remember(need(1).get() & 0xFF);
      case 'r' -> remember(need(4).getInt() & 0xFFFF_FFFFL);
      case 0x94 -> remember(memo.size());
      case 'h' -> recall(need(1).get() & 0xFF);
      case 'j' -> recall(need(4).getInt() & 0xFFFF_FFFFL);
      case 'c' -> push(globals.global(line(), line()), 64);
      case 0x93 -> {
        Object name = pop();
        push(globals.global(text(pop()), text(name)), 64);
      }
      case 'Q' -> push(globals.storage(pop()), 64);
      case 'R' -> call();
      case 'b' -> build();
      default -> throw unknown(opcode, at);
    }
  }

  private FresnelException unknown(int opcode, int at) {
    return file.error(
        "the pickle has the instruction 0x%02x at offset %d, which weights do not need; in Python, save the weights alone: torch.save(model.state_dict(), path)"
            .formatted(opcode, start + at));
  }

  private void protocol(int version) {
    if (version < 2 || version > 5) {
      throw file.error("the pickle has protocol " + version + ", expected 2 to 5");
    }
  }

  private ByteBuffer need(long bytes) {
    if (bytes < 0 || bytes > in.remaining()) {
      throw file.error(
          "the pickle asks for " + bytes + " bytes at offset " + (start + in.position()) + ", but has "
              + in.remaining() + "; the file is cut short or damaged");
    }
    return in;
  }

  private void spend(long bytes) {
    spent += bytes;
    if (spent > BUDGET) {
      throw file.error(
          "the pickle takes more than " + BUDGET + " bytes of memory (at offset " + (start + in.position()) + ")");
    }
  }

  private void push(Object value, long bytes) {
    spend(bytes + 8);
    stack.add(value);
  }

  private Object pop() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw file.error("the pickle takes something from an empty stack at offset " + (start + in.position()));
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
      throw file.error("the pickle goes back to a mark that it did not set, at offset " + (start + in.position()));
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
      throw file.error("the pickle takes something from an empty stack at offset " + (start + in.position()));
    }
    var items = stack.subList(from, stack.size());
    var tuple = new PickleTuple(items);
    items.clear();
    push(tuple, 40 + 8L * tuple.items().size());
  }

  private Object integer(int length) {
    need(length);
    var bytes = new byte[length];
    for (int i = length - 1; i >= 0; i--) {
      bytes[i] = in.get();
    }
    var value = length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    return value.bitLength() < 64 ? (Object) value.longValue() : value;
  }

  private void string(long length) {
    need(length);
    spend(64 + length);
    var bytes = new byte[(int) length];
    in.get(bytes);
    push(new String(bytes, StandardCharsets.UTF_8), 0);
  }

  private String line() {
    var line = new StringBuilder();
    for (int next = need(1).get(); next != '\n'; next = need(1).get()) {
      if (line.length() == 1000) {
        throw file.error("the pickle has a name of more than 1000 letters at offset " + (start + in.position()));
      }
      line.append((char) (next & 0xFF));
    }
    return line.toString();
  }

  private String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw file.error("the pickle names something by what is no text, at offset " + (start + in.position()));
  }

  private void remember(long index) {
    spend(72);
    memo.put(index, top());
  }

  private void recall(long index) {
    Object value = memo.get(index);
    if (value == null) {
      throw file.error("the pickle recalls what it did not remember, at offset " + (start + in.position()));
    }
    push(value, 0);
  }

  @SuppressWarnings("unchecked")
  private List<Object> list() {
    if (top() instanceof ArrayList<?> list) {
      return (List<Object>) list;
    }
    throw file.error("the pickle appends to what is no list, at offset " + (start + in.position()));
  }

  @SuppressWarnings("unchecked")
  private void put(List<Object> keysAndValues) {
    if (!(top() instanceof LinkedHashMap<?, ?> map) || keysAndValues.size() % 2 != 0) {
      throw file.error("the pickle sets an item of what is no dict, at offset " + (start + in.position()));
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      spend(64);
      ((Map<Object, Object>) map).put(key(file, keysAndValues.get(i)), keysAndValues.get(i + 1));
    }
  }

  /** A dict's key: of a kind whose hash is cheap and cannot go round in circles. */
  static Object key(DataFile file, Object key) {
    if (key instanceof String || key instanceof Long || key instanceof Boolean || key instanceof Double) {
      return key;
    }
    throw file.error("a dict in the pickle has a key that is neither text nor a number");
  }

  private void call() {
    Object arguments = pop();
    Object function = pop();
    if (!(function instanceof Global global) || !(arguments instanceof PickleTuple tuple)) {
      throw file.error("the pickle calls what is no function, at offset " + (start + in.position()));
    }
    spend(512);
    push(globals.made(global, tuple.items()), 0);
  }

  /** Attributes of a dict, such as a state dict's versions: not needed. */
  private void build() {
    pop();
    if (!(top() instanceof LinkedHashMap<?, ?>)) {
      throw file.error("the pickle sets attributes of what is no dict, at offset " + (start + in.position()));
    }
  }
}
