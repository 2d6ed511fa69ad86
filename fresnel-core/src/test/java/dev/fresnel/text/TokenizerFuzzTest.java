package dev.fresnel.text;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fresnel.testkit.Harmless;
import dev.fresnel.testkit.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Untrusted tokenizer files give a tokenizer or an error, never a crash or a hang. */
class TokenizerFuzzTest {
  static Stream<byte[]> tokenizers() {
    return Stream.concat(
        Stream.of("gpt2", "template", "smollm", "llama")
            .map(kind -> Golden.bytes(kind, "tokenizer.json")),
        TokenizerHostileTest.models()
            .map(model -> ("{\"model\": " + model + "}").getBytes(StandardCharsets.UTF_8)));
  }

  @MethodSource("tokenizers")
  @FuzzTest
  void tokenizerJson(byte[] json) {
    Harmless.require(
        () -> {
          try (var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE)) {
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
    tokenizers().flatMap(Malformed::of).forEach(this::tokenizerJson);
    specialTokens().flatMap(Malformed::of).forEach(this::specialTokens);
  }
}
