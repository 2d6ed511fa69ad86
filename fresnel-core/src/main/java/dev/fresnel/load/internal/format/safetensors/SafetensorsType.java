package dev.fresnel.load.internal.format.safetensors;

import dev.fresnel.tensor.DType;
import java.util.Arrays;
import java.util.Optional;

/**
 * What safetensors files hold, and as what it comes out. Types that tensors do not have are
 * widened: every value stays the same.
 */
enum SafetensorsType {
  BOOL(1, DType.BOOL),
  U8(1, DType.UINT8),
  I8(1, DType.INT8),
  F8_E5M2(1, DType.FLOAT32),
  F8_E4M3(1, DType.FLOAT32),
  I16(2, DType.INT16),
  U16(2, DType.INT64),
  F16(2, DType.FLOAT16),
  BF16(2, DType.BFLOAT16),
  I32(4, DType.INT32),
  U32(4, DType.INT64),
  F32(4, DType.FLOAT32),
  F64(8, DType.FLOAT64),
  I64(8, DType.INT64),
  U64(8, DType.INT64);

  private final int bytes;
  private final DType readAs;

  SafetensorsType(int bytes, DType readAs) {
    this.bytes = bytes;
    this.readAs = readAs;
  }

  /** Bytes a number in the file. */
  int bytes() {
    return bytes;
  }

  DType readAs() {
    return readAs;
  }

  static Optional<SafetensorsType> of(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  /** The type as which a tensor's numbers are written. */
  static SafetensorsType of(DType type) {
    return switch (type) {
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
      case FLOAT16 -> F16;
      case BFLOAT16 -> BF16;
      case INT64 -> I64;
      case INT32 -> I32;
      case INT16 -> I16;
      case INT8 -> I8;
      case UINT8 -> U8;
      case BOOL -> BOOL;
    };
  }
}
