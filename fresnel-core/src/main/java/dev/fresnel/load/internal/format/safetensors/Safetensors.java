package dev.fresnel.load.internal.format.safetensors;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.OneFile;
import dev.fresnel.load.internal.format.SmallFloats;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.TensorBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/**
 * Weights in a safetensors file. The header is read and checked when the file is opened; the
 * numbers are views of the mapped file, so loading costs no second copy, and pages are read when
 * they are first used.
 *
 * <p>A tensor that does not begin at a multiple of its element's size is copied. The types that
 * tensors do not have come out wider, with the same values: U16, U32 and U64 as int64, the two F8
 * as float32; they are copied as well.
 *
 * <pre>{@code
 * try (var file = Safetensors.open(Path.of("model.safetensors")); var scope = Scope.open()) {
 *   file.names();                     // [wte.weight, wpe.weight, …]
 *   file.read("wte.weight").shape();  // [axis0 50257, axis1 768]
 * }
 * }</pre>
 */
public final class Safetensors extends OneFile<SafetensorsHeader.Entry> {
  private final SafetensorsHeader header;

  private Safetensors(DataFile file, SafetensorsHeader header) {
    super(file, header.tensors());
    this.header = header;
  }

  /**
   * @throws FresnelException if the file cannot be read or breaks a rule of the format
   */
  public static Safetensors open(Path path) {
    return open(path, file -> new Safetensors(file, SafetensorsHeader.of(file)));
  }

  @Override
  public Map<String, String> notes() {
    return Collections.unmodifiableMap(header.metadata());
  }

  @Override
  public Stored stored(String name) {
    var entry = entry(name);
    return new Stored(entry.type().readAs(), entry.type().name(), entry.shape());
  }

  @Override
  public Tensor read(String name) {
    var entry = entry(name);
    return switch (entry.type()) {
      case U16, U32, U64 -> widened(name, entry);
      case F8_E4M3, F8_E5M2 -> floats(entry);
      default -> file.tensor(entry.offset(), entry.type().readAs(), entry.shape());
    };
  }

  private Tensor widened(String name, SafetensorsHeader.Entry entry) {
    if (entry.bytes() > Integer.MAX_VALUE - 8) {
      throw file.malformed(
          "tensor "
              + name
              + " of type "
              + entry.type()
              + " is too large: "
              + entry.bytes()
              + " bytes");
    }
    var bytes = ByteBuffer.wrap(file.bytes(entry.offset(), (int) entry.bytes(), "tensor " + name));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    var values = new long[(int) entry.shape().count()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (entry.type()) {
            case U16 -> bytes.getShort() & 0xFFFFL;
            case U32 -> bytes.getInt() & 0xFFFF_FFFFL;
            default -> bytes.getLong();
          };
      if (values[i] < 0) {
        throw file.malformed(
            "tensor "
                + name
                + " holds "
                + Long.toUnsignedString(values[i])
                + ", which is beyond int64");
      }
    }
    return Tensor.ofLongs(entry.shape(), values);
  }

  private Tensor floats(SafetensorsHeader.Entry entry) {
    Shape shape = entry.shape();
    var builder = TensorBuilder.of(shape);
    var bytes = new byte[(int) Math.min(1 << 18, entry.bytes())];
    var values = new float[bytes.length];
    for (long done = 0; done < entry.bytes(); done += bytes.length) {
      int count = (int) Math.min(bytes.length, entry.bytes() - done);
      file.read(entry.offset() + done, bytes, count);
      for (int i = 0; i < count; i++) {
        values[i] =
            entry.type() == SafetensorsType.F8_E4M3
                ? SmallFloats.e4m3ToFloat(bytes[i])
                : SmallFloats.e5m2ToFloat(bytes[i]);
      }
      builder.put(values, count);
    }
    return builder.build();
  }

  @Override
  public boolean isMapped(String name) {
    return switch (entry(name).type()) {
      case U16, U32, U64, F8_E4M3, F8_E5M2 -> false;
      default -> true;
    };
  }
}
