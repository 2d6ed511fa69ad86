package dev.fresnel.load;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fresnel.load.internal.format.ShardIndex;
import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.load.internal.format.gguf.Gguf;
import dev.fresnel.load.internal.format.safetensors.Safetensors;
import dev.fresnel.load.internal.format.safetensors.SafetensorsWriter;
import dev.fresnel.load.internal.format.torch.PickleBytes;
import dev.fresnel.load.internal.format.torch.TorchCheckpoint;
import dev.fresnel.load.internal.format.torch.TorchCheckpointTest;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Harmless;
import dev.fresnel.testkit.Malformed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Weight files from elsewhere. As tests these replay their seeds and what was once found; {@code
 * scripts/fuzz} looks for more.
 */
@Tag("long")
class WeightFilesFuzzTest {
  private static final int MOST_TENSORS = 100;

  @TempDir static Path folder;

  static Stream<byte[]> safetensorsFiles() {
    return Stream.of(
            TorchCheckpointTest.resource("weights.safetensors"),
            Golden.of("llama-bare").model().resolve("model.safetensors"))
        .map(WeightFilesFuzzTest::bytes);
  }

  @MethodSource("safetensorsFiles")
  @FuzzTest
  void safetensors(byte[] file) {
    Harmless.requireOfFile(file, ".safetensors", path -> readAll(Safetensors.open(path)));
  }

  static Stream<byte[]> indexes() {
    return Stream.of(
            "{\"metadata\": {\"total_size\": 4}, \"weight_map\": {\"w\": \"shard.safetensors\"}}",
            "{\"weight_map\": {\"w\": \"shard.safetensors\", \"v\": \"other.safetensors\"}}",
            "{\"weight_map\": {\"w\": \"../shard.safetensors\"}}")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("indexes")
  @FuzzTest
  void index(byte[] file) throws IOException {
    Path index = folder.resolve("model.safetensors.index.json");
    Path shard = folder.resolve("shard.safetensors");
    if (!Files.exists(shard)) {
      SafetensorsWriter.write(
          shard, Map.of("w", Tensor.full(Shape.of(Dim.axis(0), 1), 7)), Map.of());
    }
    Files.write(index, file);
    Harmless.require(() -> readAll(ShardIndex.open(index, Safetensors::open)));
    Harmless.require(() -> ShardIndex.shards(index));
  }

  static Stream<byte[]> checkpoints() {
    return Stream.of("zip.pth", "legacy.pth", "training.pth", "protocol4.pth", "module.pth")
        .map(name -> bytes(TorchCheckpointTest.resource(name)));
  }

  @MethodSource("checkpoints")
  @FuzzTest
  void checkpoint(byte[] file) {
    Harmless.requireOfFile(file, ".pth", path -> readAll(TorchCheckpoint.open(path)));
  }

  static Stream<byte[]> pickles() {
    return Stream.of(
        PickleBytes.pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", 4, 0, new long[] {2, 2}, new long[] {2, 1})
            .op("u.")
            .toBytes(),
        PickleBytes.pickle()
            .op("}(")
            .text("w")
            .tensor("HalfStorage", "0", 8, 1, new long[] {3}, new long[] {2})
            .text("epoch")
            .number(3)
            .op("u.")
            .toBytes(),
        PickleBytes.pickle().op("ccollections\nOrderedDict\n)R}b.").toBytes(),
        SmallFilesTest.expanded(33, 4096).toBytes(),
        SmallFilesTest.ofOneHashCode(200).toBytes(),
        PickleBytes.pickle().op("]q").raw(0).op("h").raw(0).op("a.").toBytes());
  }

  /** The instructions in a checkpoint, with a right zip around them. */
  @MethodSource("pickles")
  @FuzzTest
  void pickle(byte[] pickle) {
    var entries = new LinkedHashMap<String, byte[]>();
    entries.put("x/data.pkl", pickle);
    entries.put("x/data/0", new byte[16]);
    Harmless.requireOfFile(
        PickleBytes.zip(entries), ".pth", path -> readAll(TorchCheckpoint.open(path)));
  }

  static Stream<byte[]> ggufFiles() {
    return Stream.of("gguf-q4-0", "gguf-gpt2", "gguf-tokenizer", "gguf-rope-freqs")
        .map(name -> bytes(Golden.of(name).model().resolve("model.gguf")));
  }

  /** Header, settings, weights and tokenizer. */
  @MethodSource("ggufFiles")
  @FuzzTest
  void gguf(byte[] file) {
    Harmless.requireOfFile(
        file,
        ".gguf",
        path -> {
          readAll(Gguf.open(path));
          use(Loading.byPath(path, LoadOptions.DEFAULT));
        });
  }

  @Test
  void malformedFilesAreRefusedOrRead() {
    replay(safetensorsFiles(), this::safetensors);
    replay(checkpoints(), this::checkpoint);
    replay(pickles(), this::pickle);
    ggufFiles().flatMap(file -> Malformed.of(file, weightsOfGguf(file))).forEach(this::gguf);
    replay(
        indexes(),
        file -> {
          try {
            index(file);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /**
   * Where the weights begin, at the latest. Behind a tensor's name stand its axes, type and offset:
   * 48 bytes for four axes. Alignment adds up to 31.
   */
  private static int weightsOfGguf(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1).lastIndexOf(".weight") + 7 + 48 + 31;
  }

  private static void replay(Stream<byte[]> seeds, Consumer<byte[]> reader) {
    seeds.flatMap(Malformed::of).forEach(reader);
  }

  private static void readAll(WeightSource source) {
    try (source) {
      for (String name : source.names().stream().limit(MOST_TENSORS).toList()) {
        try (var scope = Scope.open()) {
          source.stored(name);
          source.read(name).to(DType.FLOAT32);
        }
      }
    }
  }

  /** Runs a model that could be loaded, on one token and on a text. */
  static void use(Transformer loaded) {
    try (Transformer model = loaded) {
      try (var run = model.run(model.tokens(0))) {
        run.logits();
      }
      model.tokenizer().ifPresent(tokenizer -> tokenizer.decode(tokenizer.encode(" The 2024 é")));
    }
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
