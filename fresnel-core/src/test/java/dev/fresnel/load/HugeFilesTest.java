package dev.fresnel.load;

import dev.fresnel.load.internal.format.ShardIndex;
import dev.fresnel.load.internal.format.gguf.GgufBytes;
import dev.fresnel.load.internal.format.safetensors.Safetensors;
import dev.fresnel.load.internal.format.torch.PickleBytes;
import dev.fresnel.load.internal.format.torch.TorchCheckpoint;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Harmless;
import dev.fresnel.text.SpecialTokens;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerTrust;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that are made to take more memory or time than they have bytes: as large as their readers
 * take them, and full of the smallest parts.
 */
@Tag("long")
class HugeFilesTest {
  private static final LoadOptions TRUSTING = LoadOptions.DEFAULT.trusting(TokenizerTrust.TRUSTED);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"'[],'; 0", "'{},'; 0", "'0,'; 0", "'1.5,'; 0", "'\"\",'; 0", "'[0],'; 0"})
  void aConfigurationOfSmallParts(String part, int last) throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    String parts = part.repeat((2_000_000 - 100) / part.length());
    Files.writeString(
        folder.resolve("config.json"), "{\"model_type\":\"gpt2\",\"x\":[" + parts + last + "]}");
    Harmless.require(() -> Loading.byPath(folder, LoadOptions.DEFAULT).close());
    Files.copy(
        Golden.of("gpt2").model().resolve("config.json"),
        folder.resolve("config.json"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"x\":[" + parts + last + "]}");
    Harmless.require(() -> HubTokenizer.open(folder, TRUSTING));
    Harmless.require(
        () ->
            SpecialTokens.read(
                ("{\"x\":[" + parts + parts + last + "]}").getBytes(StandardCharsets.UTF_8), null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'{\"normalizer\":['; '[],'; '[]]}'",
        "'{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":['; '{\"type\":\"NFC\"},';"
            + " '{}]}}'",
        "'{\"added_tokens\":[{\"content\":['; '[],'; '0]}]}'",
        "'{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":['; '\"a a\",'; '\"a a\"]}}'",
        "'{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":['; '[\"a\",\"a\"],'; '\"a"
            + " a\"]}}'",
        "'{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"x\":['; '[],'; '0]}}'",
      })
  void aTokenizerOfSmallParts(String first, String part, String last) {
    String json = first + part.repeat((40_000_000 - 300) / part.length()) + last;
    Harmless.require(() -> use(Tokenizer.fromJson(json, SpecialTokens.NONE)));
  }

  @Test
  void aTokenizerOfManyTokens() {
    String tokens = repeated(3_000_000, i -> "\"" + Integer.toString(i, 36) + "\":" + i + ",");
    String json = "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{" + tokens + "\"-\":9}}}";
    Harmless.require(() -> use(Tokenizer.fromJson(json, SpecialTokens.NONE)));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "4, 4", "10, 8", "6, 4", "7, 1", "9, 12"})
  void aGgufArrayOfNumbers(int type, int bytesEach) {
    int count = 60_000_000 / bytesEach;
    byte[] file =
        GgufBytes.head(3, 0, 1)
            .key("tokenizer.ggml.token_type", GgufBytes.ARRAY)
            .u32(type)
            .u64(count)
            .raw(new byte[count * bytesEach])
            .toBytes();
    Harmless.requireOfFile(file, ".gguf", path -> GgufModel.open(path).close());
  }

  @ParameterizedTest
  @CsvSource({"tokens, 5000000", "tokens, 1200000", "merges, 590000"})
  void aGgufVocabularyOfManyTokens(String list, int count) {
    var bytes = GgufBytes.head(3, 0, list.equals("tokens") ? 2 : 3);
    bytes.key("tokenizer.ggml.model", GgufBytes.STRING).string("gpt2");
    if (list.equals("merges")) {
      bytes.key("tokenizer.ggml.tokens", GgufBytes.ARRAY).u32(GgufBytes.STRING).u64(2);
      bytes.string("a").string("aa");
    }
    bytes.key("tokenizer.ggml." + list, GgufBytes.ARRAY).u32(GgufBytes.STRING).u64(count);
    for (int i = 0; i < count; i++) {
      bytes.string(list.equals("merges") ? "a a" : "");
    }
    Harmless.requireOfFile(
        bytes.toBytes(),
        ".gguf",
        path -> {
          try (var files = GgufModel.open(path)) {
            use(files.tokenizer().open(TRUSTING).tokenizer());
          }
        });
  }

  @Test
  void aSafetensorsHeaderOfManyTensors() {
    String tensor = "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},";
    safetensors(repeated(99_000, i -> "\"" + "é".repeat(200) + i + tensor));
    safetensors(
        "\"__metadata__\":{" + repeated(99_000, i -> "\"" + i + "\":\"\",") + "\"\":\"\"},");
    safetensors("\"x\":{\"x\":[" + "[],".repeat(10_000_000) + "0]},");
  }

  private static void safetensors(String entries) {
    byte[] json = ("{" + entries + "\"\":0}").getBytes(StandardCharsets.UTF_8);
    byte[] file = new byte[8 + json.length];
    java.nio.ByteBuffer.wrap(file)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json);
    Harmless.requireOfFile(file, ".safetensors", path -> Safetensors.open(path).close());
  }

  @Test
  void anIndexOfManyTensors() {
    String map = repeated(490_000, i -> "\"" + i + "\":\"a.safetensors\",");
    Harmless.requireOfFile(
        ("{\"weight_map\":{" + map + "\"\":\"a.safetensors\"}}").getBytes(StandardCharsets.UTF_8),
        ".index.json",
        ShardIndex::shards);
  }

  @ParameterizedTest
  @CsvSource({"}", "]", "(", "K0", ")", "}]a", "N", "0"})
  void aPickleOfSmallParts(String instructions) {
    var pickle = PickleBytes.pickle();
    pickle.op(instructions.repeat((31 << 20) / instructions.length())).op(".");
    var entries = java.util.Map.of("x/data.pkl", pickle.toBytes());
    Harmless.requireOfFile(
        PickleBytes.zip(entries), ".pth", path -> TorchCheckpoint.open(path).close());
  }

  /** Reads a text: the native side sees the file only then. */
  private static void use(@Nullable Tokenizer tokenizer) {
    if (tokenizer != null) {
      try (tokenizer) {
        tokenizer.encode("a");
      }
    }
  }

  private static String repeated(int count, IntFunction<String> part) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(part.apply(i));
    }
    return text.toString();
  }
}
