package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.OneFile;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.TensorBuilder;
import java.nio.file.Path;

/**
 * Weights and metadata in a GGUF file, version 2 or 3. Quantized numbers (Q4_0 to Q8_0 and the
 * K-quants), F16 and BF16 come out as float32; F32 is mapped.
 *
 * <p>Names and layout are the file's own, except that shapes have the innermost axis last. In files
 * of the llama architecture the rows of q and k are in the order of ggml's rotary layout; they are
 * not reordered here.
 *
 * <pre>{@code
 * try (var file = Gguf.open(Path.of("model.Q4_1.gguf")); var scope = Scope.open()) {
 *   file.metadata().integer("llama.block_count");  // 30
 *   file.read("token_embd.weight").shape();        // [axis0 49152, axis1 576]
 * }
 * }</pre>
 */
public final class Gguf extends OneFile<GgufHeader.Entry> {
  private static final int PIECE = 1 << 15;

  private final GgufHeader header;

  private Gguf(DataFile file, GgufHeader header) {
    super(file, header.tensors());
    this.header = header;
  }

  /**
   * @throws FresnelException if the file cannot be read, breaks a rule of the format, or holds a
   *     tensor of a kind that cannot be read
   */
  public static Gguf open(Path path) {
    return open(path, file -> new Gguf(file, GgufHeader.of(file)));
  }

  public GgufMetadata metadata() {
    return header.metadata();
  }

  @Override
  public Stored stored(String name) {
    var entry = entry(name);
    return new Stored(entry.type().readAs(), entry.type().name(), entry.shape());
  }

  @Override
  public Tensor read(String name) {
    var entry = entry(name);
    var dequantizer = entry.type().dequantizer();
    return dequantizer == null
        ? file.tensor(entry.offset(), entry.type().readAs(), entry.shape())
        : dequantized(entry, dequantizer);
  }

  private Tensor dequantized(GgufHeader.Entry entry, Dequantizer dequantizer) {
    var type = entry.type();
    int blocksAtOnce = PIECE / type.blockSize();
    var blocks = new byte[blocksAtOnce * type.blockBytes()];
    var values = new float[blocksAtOnce * type.blockSize()];
    var builder = TensorBuilder.of(entry.shape());
    for (long offset = entry.offset(); offset < entry.end(); offset += blocks.length) {
      int bytes = (int) Math.min(blocks.length, entry.end() - offset);
      int count = bytes / type.blockBytes();
      file.read(offset, blocks, bytes);
      dequantizer.dequantize(blocks, count, values);
      builder.put(values, count * type.blockSize());
    }
    return builder.build();
  }

  @Override
  public boolean isMapped(String name) {
    return entry(name).type().dequantizer() == null;
  }
}
