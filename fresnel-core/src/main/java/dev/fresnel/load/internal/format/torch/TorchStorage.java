package dev.fresnel.load.internal.format.torch;

import dev.fresnel.tensor.DType;
import java.util.Map;

/**
 * Numbers that tensors of a checkpoint share.
 *
 * @param key names the storage within the file
 * @param count how many numbers it holds
 */
record TorchStorage(String key, DType type, long count) {
  private static final Map<String, DType> TYPES =
      Map.of(
          "FloatStorage", DType.FLOAT32,
          "DoubleStorage", DType.FLOAT64,
          "HalfStorage", DType.FLOAT16,
          "BFloat16Storage", DType.BFLOAT16,
          "LongStorage", DType.INT64,
          "IntStorage", DType.INT32,
          "ShortStorage", DType.INT16,
          "CharStorage", DType.INT8,
          "ByteStorage", DType.UINT8,
          "BoolStorage", DType.BOOL);

  static boolean isType(String name) {
    return TYPES.containsKey(name);
  }

  static DType type(String name) {
    return TYPES.get(name);
  }
}
