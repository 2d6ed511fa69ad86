package dev.fresnel.load.internal.format.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Writes tensors to a safetensors file, as Python and {@link Safetensors} read it. The numbers pass
 * through a few megabytes of memory, whatever the tensors' size. The file appears under its name
 * when it is whole and on the disk; until then an old one stays.
 *
 * <pre>{@code
 * SafetensorsWriter.write(Path.of("cache.safetensors"), Map.of("blocks.0.hook_resid_pre", tensor), Map.of());
 * }</pre>
 */
public final class SafetensorsWriter {
  private static final int ALIGNMENT = 64;
  private static final long PIECE = 1 << 20;

  private SafetensorsWriter() {}

  /**
   * @param tensors by name; tensors with larger elements come first in the file, so that all can be
   *     mapped
   * @param metadata notes for {@link Safetensors#notes()}
   * @throws FresnelException if the file cannot be written; an old file of that name is unharmed
   */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    var entries = new ArrayList<>(tensors.entrySet());
    entries.sort(Comparator.comparing(entry -> -entry.getValue().dtype().bytes()));
    WholeFile.write(
        path,
        channel -> {
          writeFully(channel, header(path, entries, metadata));
          for (var entry : entries) {
            writeNumbers(channel, entry.getValue());
          }
        });
  }

  private static ByteBuffer header(
      Path path, List<Map.Entry<String, Tensor>> entries, Map<String, String> metadata)
      throws IOException {
    var text = new ByteArrayOutputStream();
    try (var json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (var note : metadata.entrySet()) {
          json.writeStringField(note.getKey(), note.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (var entry : entries) {
        if (entry.getKey().equals("__metadata__")) {
          throw new FresnelException(
              path + ": no tensor can be called __metadata__; give it another name");
        }
        var tensor = entry.getValue();
        long end = offset + tensor.shape().count() * tensor.dtype().bytes();
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", SafetensorsType.of(tensor.dtype()).name());
        json.writeFieldName("shape");
        json.writeArray(tensor.shape().toArray(), 0, tensor.shape().rank());
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {offset, end}, 0, 2);
        json.writeEndObject();
        offset = end;
      }
      json.writeEndObject();
    }
    while ((8 + text.size()) % ALIGNMENT != 0) {
      text.write(' ');
    }
    return ByteBuffer.allocate(8 + text.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.size())
        .put(text.toByteArray())
        .flip();
  }

  private static void writeNumbers(FileChannel channel, Tensor tensor) throws IOException {
    long count = tensor.shape().count();
    if (count <= PIECE) {
      try (var scope = Scope.open()) {
        writeFully(channel, ByteBuffer.wrap(tensor.bytes()));
      }
      return;
    }
    var outermost = tensor.dims().get(0);
    long size = tensor.size(outermost);
    long rows = Math.max(1, PIECE / (count / size));
    for (long from = 0; from < size; from += rows) {
      try (var scope = Scope.open()) {
        var part = tensor.slice(outermost, from, Math.min(size, from + rows));
        writeNumbers(channel, rows == 1 ? part.squeeze(outermost) : part);
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
