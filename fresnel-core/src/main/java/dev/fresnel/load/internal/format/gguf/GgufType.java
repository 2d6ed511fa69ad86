package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.tensor.DType;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How GGUF files hold numbers, of the kinds that can be read here. */
enum GgufType {
  F32(0, DType.FLOAT32, 4),
  F16(1, 1, 2, LegacyQuants::float16),
  Q4_0(2, 32, 18, LegacyQuants::q4With0),
  Q4_1(3, 32, 20, LegacyQuants::q4With1),
  Q5_0(6, 32, 22, LegacyQuants::q5With0),
  Q5_1(7, 32, 24, LegacyQuants::q5With1),
  Q8_0(8, 32, 34, LegacyQuants::q8With0),
  Q2_K(10, 256, 84, KQuants::q2),
  Q3_K(11, 256, 110, KQuants::q3),
  Q4_K(12, 256, 144, KQuants::q4),
  Q5_K(13, 256, 176, KQuants::q5),
  Q6_K(14, 256, 210, KQuants::q6),
  I8(24, DType.INT8, 1),
  I16(25, DType.INT16, 2),
  I32(26, DType.INT32, 4),
  I64(27, DType.INT64, 8),
  F64(28, DType.FLOAT64, 8),
  BF16(30, 1, 2, LegacyQuants::bfloat16);

  private final int id;
  private final DType readAs;
  private final int blockSize;
  private final int blockBytes;
  private final @Nullable Dequantizer dequantizer;

  GgufType(int id, DType readAs, int bytes) {
    this.id = id;
    this.readAs = readAs;
    this.blockSize = 1;
    this.blockBytes = bytes;
    this.dequantizer = null;
  }

  GgufType(int id, int blockSize, int blockBytes, Dequantizer dequantizer) {
    this.id = id;
    this.readAs = DType.FLOAT32;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.dequantizer = dequantizer;
  }

  static Optional<GgufType> of(int id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }

  DType readAs() {
    return readAs;
  }

  /** Numbers a block. */
  int blockSize() {
    return blockSize;
  }

  int blockBytes() {
    return blockBytes;
  }

  /** Null where the file's bytes are a tensor's as they are. */
  @Nullable Dequantizer dequantizer() {
    return dequantizer;
  }
}
