package dev.fresnel.text;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fresnel.testkit.Harmless;
import dev.fresnel.testkit.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Untrusted tokenizer files give a tokenizer or an error, never a crash or a hang. */
class TokenizerFuzzTest {
  private static final Function<String, byte[]> UTF_8 =
      json -> json.getBytes(StandardCharsets.UTF_8);

  private static Stream<byte[]> right() {
    return Stream.concat(
        Stream.of("gpt2", "template", "smollm", "llama")
            .map(kind -> Golden.bytes(kind, "tokenizer.json")),
        TokenizerHostileTest.models().map(model -> "{\"model\": " + model + "}").map(UTF_8));
  }

  static Stream<byte[]> tokenizers() {
    return Stream.of(
            right(),
            HostileTokenizers.all().map(UTF_8),
            LongStream.range(0, 20).mapToObj(RandomTokenizer::json).map(UTF_8))
        .flatMap(seeds -> seeds);
  }

  @MethodSource("tokenizers")
  @FuzzTest
  void tokenizerJson(byte[] json) {
    Harmless.require(
        () -> {
          // The checks alone: no process may be started here.
          try (var tokenizer =
              Tokenizer.fromJson(json, SpecialTokens.NONE, TokenizerTrust.TRUSTED)) {
            tokenizer.decode(tokenizer.encode(" The light 2024 <s> é🙂  \n\t"));
          }
        });
  }

  static Stream<byte[]> specialTokens() {
    return Stream.of("gpt2", "template", "llama")
        .map(kind -> Golden.bytes(kind, "tokenizer_config.json"));
  }

  @MethodSource("specialTokens")
  @FuzzTest
  void specialTokens(byte[] json) {
    Harmless.require(() -> SpecialTokens.read(json, null));
    Harmless.require(() -> SpecialTokens.read(null, json));
  }

  @Test
  void malformedFilesAreRefusedOrRead() {
    right().flatMap(Malformed::of).forEach(this::tokenizerJson);
    specialTokens().flatMap(Malformed::of).forEach(this::specialTokens);
  }
}
