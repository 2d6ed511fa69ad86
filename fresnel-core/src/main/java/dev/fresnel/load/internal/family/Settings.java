package dev.fresnel.load.internal.family;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.Json;
import dev.fresnel.load.internal.format.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of its model: config.json's keys, or a GGUF file's metadata. Every question
 * names the key, so that an answer that cannot be used is refused by name.
 */
public final class Settings {
  /** Bytes; the configurations of published models have a few thousand. */
  private static final int LARGEST_FILE = 2 << 20;

  private final String file;
  private final String prefix;
  private final Map<String, Object> values;

  /** The names by which the file says a key, where it uses another one. */
  private final Map<String, String> others;

  private final Asked asked;

  private Settings(
      String file,
      String prefix,
      Map<String, Object> values,
      Map<String, String> others,
      Asked asked) {
    this.file = file;
    this.prefix = prefix;
    this.values = values;
    this.others = others;
    this.asked = asked;
  }

  /** The keys that were asked for, with what they are inside of, and the objects they are in. */
  private record Asked(Set<String> keys, Map<String, Map<String, Object>> objects) {}

  /**
   * @param file what to call the source of the values in errors: {@code config.json}
   */
  public static Settings of(String file, Map<String, Object> values) {
    var objects = new LinkedHashMap<String, Map<String, Object>>();
    objects.put("", values);
    return new Settings(file, "", values, Map.of(), new Asked(new HashSet<>(), objects));
  }

  /**
   * @throws FresnelException if it is no regular file, has more than 2 MB, or holds no JSON object
   */
  public static Settings read(Path json) {
    return parse(InputFile.bytes(json, LARGEST_FILE), json.toString());
  }

  /**
   * @param file what to call the source of the values in errors
   */
  public static Settings parse(byte[] json, String file) {
    try {
      Map<String, Object> values = Json.object(json);
      if (values == null) {
        throw new FresnelException(file + " must hold a JSON object, holds null");
      }
      return of(file, values);
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          file + " is not a JSON object that can be read: " + Json.problem(e) + ". Get it again");
    } catch (IOException e) {
      throw new FresnelException(
          file + " is not a JSON object that can be read: not UTF-8. Get it again");
    }
  }

  public String file() {
    return file;
  }

  /** The same with these values where the file has none. */
  Settings or(Map<String, Object> absent) {
    var merged = new LinkedHashMap<>(absent);
    values.forEach(
        (key, value) -> {
          if (value != null) {
            merged.put(key, value);
          }
        });
    return new Settings(file, prefix, merged, others, asked);
  }

  /**
   * The same where a file may use other names for some keys. A file that has both means the other
   * name, as transformers does.
   *
   * @param names the key by its other name
   */
  Settings withOtherNames(Map<String, String> names) {
    var used = new LinkedHashMap<String, String>();
    names.forEach(
        (other, key) -> {
          if (values.get(other) != null) {
            used.put(key, other);
          }
        });
    return new Settings(file, prefix, values, used, asked);
  }

  /** The name by which the file says this key. */
  String named(String key) {
    return others.getOrDefault(key, key);
  }

  /** How an error quotes a size: a file that does not state it does not say its default either. */
  String said(String key) {
    return has(key) ? prefix + named(key) : "no " + prefix + key + ", which means";
  }

  /** A key with its number, and whether that is said or what its absence means. */
  String quoted(String key, Object number) {
    return prefix + named(key) + " (" + number + (has(key) ? ")" : ", since it is not said)");
  }

  /**
   * The keys that have a value and that nothing has asked for, in the file's order; those of an
   * object that was asked for with its name before them.
   */
  public List<String> unread() {
    var unread = new ArrayList<String>();
    asked.objects.forEach(
        (prefix, object) ->
            object.forEach(
                (key, value) -> {
                  if (value != null && !asked.keys.contains(prefix + key)) {
                    unread.add(prefix + key);
                  }
                }));
    return unread;
  }

  private @Nullable Object value(String key) {
    asked.keys.add(prefix + key);
    asked.keys.add(prefix + named(key));
    return values.get(named(key));
  }

  /** Whether a key is present with a value other than null. */
  boolean has(String key) {
    return value(key) != null;
  }

  /** Whether a key is present, with null or another value. */
  boolean mentions(String key) {
    return value(key) != null || values.containsKey(named(key));
  }

  /** A length from 1 to what an int holds. */
  int size(String key) {
    return size(key, require(key));
  }

  int size(String key, int absent) {
    return has(key) ? size(key, require(key)) : absent;
  }

  private int size(String key, Object value) {
    if (value instanceof Number number
        && number.doubleValue() == Math.rint(number.doubleValue())
        && number.doubleValue() >= 1
        && number.doubleValue() <= Integer.MAX_VALUE) {
      return number.intValue();
    }
    throw wrong(key, value, "a whole number from 1 to " + Integer.MAX_VALUE);
  }

  /**
   * Refuses a size for which a list is to be made, beyond what any model has.
   *
   * @param most the largest size that is believed
   */
  void requireAtMost(int most, String key, int size) {
    if (size > most) {
      throw wrong(key, size, "at most " + most);
    }
  }

  double number(String key) {
    return number(key, require(key));
  }

  double number(String key, double absent) {
    return has(key) ? number(key, require(key)) : absent;
  }

  private double number(String key, Object value) {
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw wrong(key, value, "a number");
  }

  /** A number above 0 that float32 can hold. */
  double positive(String key, double absent) {
    double value = number(key, absent);
    if (!(value >= Float.MIN_NORMAL && value <= Float.MAX_VALUE)) {
      throw wrong(key, value, "a number above 0 that float32 can hold");
    }
    return value;
  }

  /** A number above 0 that has to be there. */
  double positive(String key) {
    require(key);
    return positive(key, 0);
  }

  boolean flag(String key, boolean absent) {
    Object value = value(key);
    if (value == null) {
      return absent;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrong(key, value, "true or false");
  }

  public String text(String key, String absent) {
    Object value = value(key);
    if (value == null) {
      return absent;
    }
    if (value instanceof String text) {
      return text;
    }
    throw wrong(key, value, "a string");
  }

  /** A list of strings; empty where there is none. */
  List<String> texts(String key) {
    Object value = value(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      return list.stream().map(String.class::cast).toList();
    }
    throw wrong(key, value, "a list of strings");
  }

  /**
   * The object under a key; an empty one where there is none. Errors about it name the outer key
   * too.
   */
  Settings inner(String key) {
    Object value = value(key);
    if (value == null) {
      return new Settings(file, prefix + key + ".", Map.of(), Map.of(), asked);
    }
    if (value instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked")
      var inner = (Map<String, Object>) map;
      asked.objects.put(prefix + key + ".", inner);
      return new Settings(file, prefix + key + ".", inner, Map.of(), asked);
    }
    throw wrong(key, value, "an object");
  }

  /** The keys, in the file's order. */
  public List<String> keys() {
    return List.copyOf(values.keySet());
  }

  public @Nullable Object raw(String key) {
    return value(key);
  }

  /**
   * Refuses a key that would change what the model computes, unless it is absent, null, or the
   * value that changes nothing.
   */
  void refuseUnless(String key, Object harmless, String meaning) {
    Object value = value(key);
    if (value == null || same(value, harmless)) {
      return;
    }
    throw refused(key, meaning);
  }

  private static boolean same(Object value, Object harmless) {
    return value instanceof Number a && harmless instanceof Number b
        ? a.doubleValue() == b.doubleValue()
        : Objects.equals(value, harmless);
  }

  /** The error for a value that is understood but cannot be honoured. */
  FresnelException refused(String key, String meaning) {
    Object value = value(key);
    String said =
        value == null && !values.containsKey(named(key))
            ? "without " + prefix + key + ", its usual value"
            : prefix + named(key) + " = " + brief(value);
    return new FresnelException(
        file + ": " + said + " is not supported (" + meaning + "); give a model without it");
  }

  public FresnelException wrong(String key, Object value, String expected) {
    return new FresnelException(
        file
            + ": "
            + prefix
            + named(key)
            + " must be "
            + expected
            + ", is "
            + brief(value)
            + "; correct it, or get the file again");
  }

  private Object require(String key) {
    Object value = value(key);
    if (value == null) {
      throw new FresnelException(
          file
              + " has no "
              + prefix
              + key
              + ", which this model needs: add it, or get the file again");
    }
    return value;
  }

  private static String brief(@Nullable Object value) {
    String text = value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
    return StrictJson.shown(text.length() <= 60 ? text : text.substring(0, 57) + "...");
  }
}
