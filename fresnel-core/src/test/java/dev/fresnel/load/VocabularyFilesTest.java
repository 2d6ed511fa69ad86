package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Bos;
import dev.fresnel.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers in vocab.json and merges.txt, against transformers; and those that are not read. */
class VocabularyFilesTest {
  @TempDir private Path folder;

  private static Tokenizer open(Path folder) {
    return HubTokenizer.open(folder, LoadOptions.DEFAULT).found().orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "unnamed", "opt", "space-first", "more-tokens", "qwen2"})
  void theIdsAreTransformers(String name) {
    Path golden = Golden.root().resolve("vocabulary-files").resolve(name);
    JsonNode expected = Golden.json(golden.resolve("golden.json"));
    try (var tokenizer = open(golden)) {
      for (JsonNode row : expected.get("rows")) {
        String text = row.get("text").textValue();
        int[] ids = ids(row.get("ids"));
        assertThat(tokenizer.encode(text)).as(text).containsExactly(ids);
        boolean bosFirst = row.get("ids_special").size() > ids.length;
        if (bosFirst) {
          assertThat(tokenizer.tokens(text, Bos.PREPEND).ids(0))
              .containsExactly(ids(row.get("ids_special")));
        }
      }
      assertThat(tokenizer.vocabularySize()).isEqualTo(expected.get("vocab_size").intValue());
      assertThat(tokenizer.eosId().orElseThrow()).isEqualTo(expected.get("eos_id").intValue());
    }
  }

  private static int[] ids(JsonNode ids) {
    return new ObjectMapper().convertValue(ids, int[].class);
  }

  private void refused(String... parts) {
    var found = HubTokenizer.open(folder, LoadOptions.DEFAULT);
    assertThat(found.found()).isEmpty();
    assertThat(found.reason()).startsWith("has a tokenizer that cannot be used").contains(parts);
  }

  private void files(String vocabulary, String merges) throws IOException {
    Files.writeString(folder.resolve("vocab.json"), vocabulary);
    Files.writeString(folder.resolve("merges.txt"), merges);
  }

  @Test
  void anotherKindOfTokenizerIsNamedWithAWayToConvertIt() throws IOException {
    files("{\"a\":0}", "");
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"tokenizer_class\":\"RobertaTokenizer\"}");
    refused("RobertaTokenizer", "Qwen2Tokenizer", "save_pretrained");
  }

  @ParameterizedTest
  @CsvSource({"a c, uses tokens", "a b c, is not two tokens", "a, is not two tokens"})
  void aMergeThatDoesNotFitIsNamedByItsLine(String merge, String problem) throws IOException {
    files("{\"a\":0,\"b\":1,\"ab\":2}", "#version: 0.2\na b\n" + merge + "\n");
    refused("merges.txt, line 3", "\"" + merge + "\"", problem, "fetch both again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":\"0\"}", "{\"a\":-1}", "{\"a\":1.5}", "[]", "{", ""})
  void aVocabularyOfAnotherFormIsRefused(String vocabulary) throws IOException {
    files(vocabulary, "");
    refused("vocab.json");
  }

  @Test
  void halfAVocabularyIsToldWhichHalfIsMissing() throws IOException {
    Files.writeString(folder.resolve("vocab.json"), "{}");
    assertThat(HubTokenizer.open(folder, LoadOptions.DEFAULT).reason())
        .contains("has a vocab.json without the merges.txt", "fetch both");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.model", "spiece.model"})
  void aSentencepieceTokenizerIsRecognisedAndTheModelReadsIds(String name) throws IOException {
    for (String file : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(Golden.of("llama").model().resolve(file), folder.resolve(file));
    }
    Files.write(folder.resolve(name), new byte[] {10, 14});
    try (var model = Fresnel.load(folder);
        var run = model.run(model.tokens(1, 2, 3))) {
      assertThat(run.logits().shape().rank()).isEqualTo(3);
      assertThatThrownBy(() -> model.tokens("text"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContainingAll(
              "cannot read text", "sentencepiece", name, "save_pretrained", "token ids");
    }
  }
}
