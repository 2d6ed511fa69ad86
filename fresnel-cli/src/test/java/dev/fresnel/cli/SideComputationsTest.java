package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.SpecialTokens;
import dev.fresnel.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nobody asked for does not take down what somebody asked for. */
class SideComputationsTest {
  private static final String WORDS =
      """
      {"version": "1.0", "pre_tokenizer": {"type": "WhitespaceSplit"},
       "model": {"type": "WordLevel", "unk_token": "<unk>",
                 "vocab": {"0": 0, "1": 1, "2": 2, "+": 3, "=": 4}}}
      """;

  /** It passes all checks of the file, and the native code refuses it: no such token to merge. */
  private static final String UNUSABLE =
      """
      {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a c"]}}
      """;

  @TempDir Path folder;

  /** A model of sums: it reads the equals sign, which is the last token, and never predicts it. */
  private static Models sums(String tokenizer) {
    var sizes = Sizes.builder().layers(1).heads(2).dModel(8).dHead(4).context(8).vocabulary(5);
    var config = ModelConfig.of("sums", sizes.vocabularyOut(4).build());
    return (model, options) ->
        new Transformer(
            config,
            ToyModels.weights(config, 3),
            tokenizer.isEmpty()
                ? null
                : Tokenizer.fromJson(tokenizer, new SpecialTokens("=", "=", null, null)),
            new Provenance("sums", "toy", List.of(), "random", 0));
  }

  @Test
  void aTokenThatIsNeverPredictedHasNoLossAndTheRestHas() {
    var json = Called.with(sums(""), "predict", "--tokens=1,2,4", "--top=2", "--json").json();
    assertThat(json.get("predictions")).hasSize(2);
    assertThat(json.get("loss").isNull()).isTrue();
    assertThat(json.get("tokens").get(1).get("loss").asDouble()).isPositive();
    assertThat(json.get("tokens").get(2).get("loss").isNull()).isTrue();
    assertThat(Called.with(sums(""), "predict", "--tokens=1,2,4").succeeded().out())
        .contains("mean -")
        .doesNotContain("NaN");
  }

  @Test
  void aReportWhoseLastTokenIsNeverPredictedLacksTheAttributionAlone() throws IOException {
    Path page = folder.resolve("page.html");
    Called.with(sums(""), "report", "--tokens=1,2,4", "--output=" + page).succeeded();
    assertThat(Files.readString(page)).contains("fresnel-attention").doesNotContain("logit of the");
    Called.with(sums(""), "report", "--tokens=1,2,4", "--position=1", "--output=" + page).failed(1);
  }

  @Test
  void aVocabularyOfWordsReadsItsTexts() {
    var json = Called.with(sums(WORDS), "predict", "--text=1 + 2 =", "--json").json();
    assertThat(json.get("tokens").findValuesAsText("id")).containsExactly("4", "1", "3", "2", "4");
    assertThat(json.get("tokens").findValuesAsText("text"))
        .containsExactly("=", "1", "+", "2", "=");
    assertThat(Called.with(sums(WORDS), "predict", "--text=1 + x =").failed(1).err())
        .contains("tokenizer");
  }

  @Test
  void idsNeedNoTokenizerThatCanBeUsed() {
    var models = sums(UNUSABLE);
    for (String command : List.of("predict", "heads", "attribute", "inspect")) {
      var json =
          command.equals("inspect")
              ? Called.with(models, command, "--json").json()
              : Called.with(models, command, "--tokens=1,2", "--json").json();
      assertThat(json.get("model").asText()).isEqualTo("sums");
    }
    var tokens = Called.with(models, "predict", "--tokens=1,2", "--json").json();
    assertThat(tokens.get("tokens").get(0).get("text").isNull()).isTrue();
    Path file = folder.resolve("a.safetensors");
    Called.with(models, "cache", "--tokens=1,2", "--output=" + file).succeeded();
    Called.with(models, "report", "--tokens=1,2", "--output=" + folder.resolve("p.html"))
        .succeeded();
  }
}
