package dev.fresnel.load.internal.format.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Python's dict, as the pairs that were set, in their order. It is no hash table: a file can hold
 * any number of keys with one hash code, and then every access to a table would search them all.
 */
final class PickleDict {
  private final List<Object> keysAndValues = new ArrayList<>(0);

  void put(Object key, Object value) {
    keysAndValues.add(key);
    keysAndValues.add(value);
  }

  /** The value that was set last under a name; null if there is none. Looks at all keys. */
  @Nullable Object get(String name) {
    for (int i = keysAndValues.size() - 2; i >= 0; i -= 2) {
      if (name.equals(keysAndValues.get(i))) {
        return keysAndValues.get(i + 1);
      }
    }
    return null;
  }

  /** Every pair, in order; a key that was set twice comes twice. */
  void forEach(BiConsumer<Object, Object> action) {
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      action.accept(keysAndValues.get(i), keysAndValues.get(i + 1));
    }
  }
}
