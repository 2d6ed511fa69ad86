package dev.fresnel.load.internal.format.torch;

import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.StrictJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the weights in what a checkpoint holds: the dict itself, or one within it. */
final class StateDict {
  private static final List<String> NAMES = List.of("state_dict", "model_state_dict", "model");

  private StateDict() {}

  static Map<String, TorchTensor> of(DataFile file, Object root) {
    Object found = root;
    for (int depth = 0; depth < 3; depth++) {
      Object inner = inner(found);
      found = inner == null ? found : inner;
    }
    if (!(found instanceof PickleDict dict)) {
      throw file.error(
          "holds no dict of weights; in Python, save them with torch.save(model.state_dict(),"
              + " path)");
    }
    var tensors = new LinkedHashMap<String, TorchTensor>();
    dict.forEach(
        (key, value) -> {
          if (!(key instanceof String name) || !(value instanceof TorchTensor tensor)) {
            throw file.error(
                "the dict of weights holds "
                    + StrictJson.shown(String.valueOf(key))
                    + ", which is "
                    + kind(value)
                    + "; expected names and tensors only (or these under one of "
                    + NAMES
                    + ")");
          }
          tensors.put(name, tensor);
        });
    return tensors;
  }

  private static @Nullable Object inner(Object outer) {
    if (outer instanceof PickleDict dict) {
      for (String name : NAMES) {
        if (dict.get(name) instanceof PickleDict inner) {
          return inner;
        }
      }
    }
    return null;
  }

  private static String kind(Object value) {
    if (value instanceof TorchTensor) {
      return "a tensor without a name";
    }
    if (value instanceof PickleDict) {
      return "a dict";
    }
    return value instanceof List<?> ? "a list" : "a " + value.getClass().getSimpleName();
  }
}
