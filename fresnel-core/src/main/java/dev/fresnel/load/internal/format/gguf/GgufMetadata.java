package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.StrictJson;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a GGUF file says about its model: keys such as {@code llama.block_count}, each with a value
 * of a type. A getter of another type than the file's is an error, and so is a key that the file
 * lacks: ask {@link #has} first.
 */
public final class GgufMetadata {
  private final String file;
  private final Map<String, Object> values;

  GgufMetadata(String file, Map<String, Object> values) {
    this.file = file;
    this.values = new LinkedHashMap<>(values);
  }

  public Set<String> keys() {
    return Collections.unmodifiableSet(values.keySet());
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** The value as it was read, of whatever type; null where the file lacks the key. */
  public @Nullable Object raw(String key) {
    return values.get(key);
  }

  public String string(String key) {
    return value(key, String.class, "a string");
  }

  /** A whole number of any width. */
  public long integer(String key) {
    return value(key, Long.class, "a whole number");
  }

  /** A number of any type, whole or not. */
  public double number(String key) {
    return value(key, Number.class, "a number").doubleValue();
  }

  public boolean flag(String key) {
    return value(key, Boolean.class, "true or false");
  }

  public List<String> strings(String key) {
    return List.of(value(key, String[].class, "an array of strings"));
  }

  /** An array of whole numbers of any width. */
  public long[] integers(String key) {
    return value(key, long[].class, "an array of whole numbers").clone();
  }

  public float[] floats(String key) {
    return value(key, float[].class, "an array of float32").clone();
  }

  private <T> T value(String key, Class<T> type, String expected) {
    Object value = values.get(key);
    if (type.isInstance(value)) {
      return type.cast(value);
    }
    throw new FresnelException(
        file + ": the metadata " + key + " should be " + expected + ", but is " + described(value));
  }

  private static String described(@Nullable Object value) {
    if (value == null) {
      return "missing";
    }
    return value.getClass().isArray()
        ? "an array of " + value.getClass().getComponentType().getSimpleName()
        : value.getClass().getSimpleName() + " " + StrictJson.shown(value.toString());
  }
}
