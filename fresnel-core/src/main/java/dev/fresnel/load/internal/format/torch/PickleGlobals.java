package dev.fresnel.load.internal.format.torch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.StrictJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The few Python names that a state dict needs, and what Fresnel makes of them. Nothing is imported
 * and nothing called: a name that is not listed here ends the reading.
 */
final class PickleGlobals {
  private static final Set<String> FUNCTIONS =
      Set.of(
          "collections.OrderedDict",
          "torch.Size",
          "torch._utils._rebuild_tensor",
          "torch._utils._rebuild_tensor_v2",
          "torch._utils._rebuild_parameter");
  private static final Set<String> DTYPES =
      Set.of(
          "float32",
          "float",
          "float64",
          "double",
          "float16",
          "half",
          "bfloat16",
          "int64",
          "long",
          "int32",
          "int",
          "int16",
          "short",
          "int8",
          "uint8",
          "bool",
          "uint16",
          "uint32",
          "uint64",
          "complex64",
          "complex128",
          "float8_e4m3fn",
          "float8_e5m2");

  private static final int MOST_AXES = 64;

  private final DataFile file;
  private final Map<String, TorchStorage> storages = new LinkedHashMap<>();

  /** A name that may be used. */
  record Global(String name) {}

  PickleGlobals(DataFile file) {
    this.file = file;
  }

  /** The storages that were named so far, by key. */
  Map<String, TorchStorage> storages() {
    return storages;
  }

  Global global(String module, String name) {
    String full = module + "." + name;
    boolean ofTorch =
        module.equals("torch") && (DTYPES.contains(name) || TorchStorage.isType(name));
    if (ofTorch || FUNCTIONS.contains(full)) {
      return new Global(full);
    }
    throw file.error(
        "the pickle asks for "
            + StrictJson.shown(full)
            + ", which is not needed for weights and is never run; in Python, save the weights"
            + " alone: torch.save(model.state_dict(), path), or as safetensors");
  }

  /** What Python would get by calling a function. */
  Object made(Global function, List<Object> arguments) {
    return switch (function.name()) {
      case "collections.OrderedDict" -> dictionary(arguments);
      case "torch.Size" -> new PickleTuple(numbers(only(arguments, function), "torch.Size"));
      case "torch._utils._rebuild_parameter" -> parameter(arguments);
      case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" -> tensor(arguments);
      default ->
          throw file.malformed("the pickle calls " + function.name() + ", which is no function");
    };
  }

  /** What a persistent id means: {@code ('storage', type, key, location, count)}. */
  TorchStorage storage(Object id) {
    if (id instanceof PickleTuple tuple
        && (tuple.items().size() == 5
            || tuple.items().size() == 6 && tuple.items().get(5) == Nothing.NONE)
        && "storage".equals(tuple.items().get(0))
        && tuple.items().get(1) instanceof Global type
        && TorchStorage.isType(type.name().substring("torch.".length()))
        && tuple.items().get(2) instanceof String key
        && tuple.items().get(4) instanceof Long count
        && count >= 0) {
      var storage =
          new TorchStorage(key, TorchStorage.type(type.name().substring("torch.".length())), count);
      var before = storages.putIfAbsent(key, storage);
      if (before != null && !before.equals(storage)) {
        throw file.malformed(
            "storage " + StrictJson.shown(key) + " is described twice, and differently");
      }
      return before == null ? storage : before;
    }
    throw file.malformed("the pickle refers to something that is no storage of numbers");
  }

  private Object dictionary(List<Object> arguments) {
    var dictionary = new PickleDict();
    if (arguments.isEmpty()) {
      return dictionary;
    }
    if (arguments.size() == 1 && arguments.get(0) instanceof List<?> pairs) {
      for (Object pair : pairs) {
        if (!(pair instanceof List<?> two) || two.size() != 2) {
          throw file.malformed("an OrderedDict is made of something that is no pair");
        }
        dictionary.put(Unpickler.key(file, two.get(0)), two.get(1));
      }
      return dictionary;
    }
    throw file.malformed("an OrderedDict is made of something that is no list of pairs");
  }

  private Object parameter(List<Object> arguments) {
    if (!arguments.isEmpty() && arguments.get(0) instanceof TorchTensor tensor) {
      return tensor;
    }
    throw file.malformed("a parameter is made of something that is no tensor");
  }

  private TorchTensor tensor(List<Object> arguments) {
    if (arguments.size() >= 4
        && arguments.size() <= 7
        && arguments.get(0) instanceof TorchStorage storage
        && arguments.get(1) instanceof Long offset) {
      return TorchTensor.of(
          file,
          storage,
          offset,
          longs(arguments.get(2), "a tensor's sizes"),
          longs(arguments.get(3), "a tensor's strides"));
    }
    throw file.malformed(
        "a tensor is made of something else than storage, offset, sizes and strides");
  }

  private Object only(List<Object> arguments, Global function) {
    if (arguments.size() != 1) {
      throw file.malformed(function.name() + " needs one argument, got " + arguments.size());
    }
    return arguments.get(0);
  }

  private List<Object> numbers(Object tuple, String what) {
    return List.copyOf(longs(tuple, what));
  }

  private List<Long> longs(Object tuple, String what) {
    if (!(tuple instanceof PickleTuple items) || items.items().size() > MOST_AXES) {
      throw notNumbers(what);
    }
    var numbers = new ArrayList<Long>();
    for (Object item : items.items()) {
      if (!(item instanceof Long number)) {
        throw notNumbers(what);
      }
      numbers.add(number);
    }
    return numbers;
  }

  private FresnelException notNumbers(String what) {
    return file.malformed(what + " must be at most " + MOST_AXES + " whole numbers");
  }

  /** Python's None. */
  enum Nothing {
    NONE
  }

  /** Python's tuple. Compared by identity: a hostile one may hold itself. */
  static final class PickleTuple {
    private final List<Object> items;

    PickleTuple(List<Object> items) {
      this.items = List.copyOf(items);
    }

    List<Object> items() {
      return items;
    }
  }
}
