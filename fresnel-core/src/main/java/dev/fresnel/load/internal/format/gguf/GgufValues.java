package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.StrictJson;
import java.math.BigInteger;

/** Reads the typed values of a GGUF file's metadata. */
final class GgufValues {
  private static final int DEEPEST = 4;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final DataFile file;
  private final GgufCursor cursor;

  GgufValues(DataFile file, GgufCursor cursor) {
    this.file = file;
    this.cursor = cursor;
  }

  Object value(String key) {
    return value(key, type(key), 0);
  }

  private int type(String key) {
    long start = cursor.position();
    long type = cursor.unsigned(4);
    if (type > 12) {
      throw file.malformed(
          "metadata "
              + StrictJson.shown(key)
              + " has the unknown type "
              + type
              + " at offset "
              + start);
    }
    return (int) type;
  }

  private Object value(String key, int type, int depth) {
    return switch (type) {
      case 0, 2, 4 -> cursor.unsigned(width(type));
      case 1, 3, 5, 11 -> cursor.signed(width(type));
      case 6 -> Float.intBitsToFloat((int) cursor.unsigned(4));
      case 7 -> bool(key);
      case STRING -> cursor.string();
      case ARRAY -> array(key, depth + 1);
      case 10 -> unsigned64(cursor.unsigned(8));
      default -> Double.longBitsToDouble(cursor.unsigned(8));
    };
  }

  /** Bytes that a value takes at least. */
  private static int width(int type) {
    return switch (type) {
      case 0, 1, 7 -> 1;
      case 2, 3 -> 2;
      case 4, 5, 6 -> 4;
      case ARRAY -> 12;
      default -> 8;
    };
  }

  private boolean bool(String key) {
    int value = cursor.u8();
    if (value > 1) {
      throw file.malformed(
          "metadata "
              + StrictJson.shown(key)
              + " should be 0 or 1, but is "
              + value
              + " at offset "
              + (cursor.position() - 1));
    }
    return value == 1;
  }

  /** A long, or what is beyond it. */
  private static Number unsigned64(long bits) {
    return bits >= 0 ? (Number) bits : new BigInteger(Long.toUnsignedString(bits));
  }

  private Object array(String key, int depth) {
    if (depth > DEEPEST) {
      throw file.malformed(
          "metadata "
              + StrictJson.shown(key)
              + " holds arrays within arrays, more than "
              + DEEPEST
              + " deep");
    }
    int type = type(key);
    int count =
        cursor.count(Integer.MAX_VALUE - 8, width(type), "values of " + StrictJson.shown(key));
    cursor.spend(16L + (type == STRING ? 24L : 48L) * count); // what becomes of them later included
    return switch (type) {
      case 0, 2, 4 -> integers(count, () -> cursor.unsigned(width(type)));
      case 1, 3, 5, 11 -> integers(count, () -> cursor.signed(width(type)));
      case 6 -> floats(count);
      case STRING -> strings(count);
      default -> {
        cursor.spend(24L * count);
        var values = new Object[count];
        for (int i = 0; i < count; i++) {
          values[i] = value(key, type, depth);
        }
        yield values;
      }
    };
  }

  private static long[] integers(int count, java.util.function.LongSupplier next) {
    var values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = next.getAsLong();
    }
    return values;
  }

  private float[] floats(int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = Float.intBitsToFloat((int) cursor.unsigned(4));
    }
    return values;
  }

  private String[] strings(int count) {
    var values = new String[count];
    for (int i = 0; i < count; i++) {
      values[i] = cursor.string();
    }
    return values;
  }
}
