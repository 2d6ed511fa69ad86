package dev.fresnel.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The number types of tensors. Weights and activations are {@link #FLOAT32} unless a caller asks
 * for another type.
 */
public enum DType {
  FLOAT32(ScalarType.Float, 4),
  FLOAT64(ScalarType.Double, 8),
  FLOAT16(ScalarType.Half, 2),
  BFLOAT16(ScalarType.BFloat16, 2),
  INT64(ScalarType.Long, 8),
  INT32(ScalarType.Int, 4),
  INT16(ScalarType.Short, 2),
  INT8(ScalarType.Char, 1),
  UINT8(ScalarType.Byte, 1),
  BOOL(ScalarType.Bool, 1);

  final ScalarType raw;
  private final int bytes;

  DType(ScalarType raw, int bytes) {
    this.raw = raw;
    this.bytes = bytes;
  }

  /** Bytes per number. */
  public int bytes() {
    return bytes;
  }

  public boolean isFloatingPoint() {
    return this == FLOAT32 || this == FLOAT64 || this == FLOAT16 || this == BFLOAT16;
  }

  /** PyTorch's name for the type, such as {@code float32}. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  static DType of(ScalarType raw) {
    for (DType type : values()) {
      if (type.raw.value == raw.value) {
        return type;
      }
    }
    throw new dev.fresnel.error.FresnelException("tensors of type " + raw + " are not supported");
  }
}
