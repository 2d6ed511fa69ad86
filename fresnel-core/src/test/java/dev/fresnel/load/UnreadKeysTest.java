package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Family;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A key that nothing reads is told, in one line; those of published models are no news. */
class UnreadKeysTest {
  @TempDir Path folder;

  /** Remarks on loading a golden's model, whose config.json is changed. */
  private List<String> remarks(String golden, Consumer<ObjectNode> change) throws IOException {
    Path model = Golden.of(golden).model();
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Path config = folder.resolve("config.json");
    if (Files.exists(config)) {
      var values = (ObjectNode) Golden.json(config);
      change.accept(values);
      Files.writeString(config, new ObjectMapper().writeValueAsString(values));
    }
    Path loaded = Files.exists(config) ? folder : folder.resolve("model.gguf");
    var remarks = new ArrayList<String>();
    Fresnel.load(loaded, LoadOptions.DEFAULT.reporting(new Remarks(remarks))).close();
    return remarks;
  }

  private record Remarks(List<String> said) implements Progress {
    @Override
    public void at(String what, long done, long total) {}

    @Override
    public void remark(String sentence) {
      said.add(sentence);
    }
  }

  @Test
  void aKeyThatNothingReadsIsToldInOneLine() throws IOException {
    var said =
        remarks(
            "gpt2",
            config -> config.put("n_heads", 2).put("layer_norm_eps", 1).put("use_cache", false));
    assertThat(said)
        .singleElement()
        .asString()
        .contains("config.json: nothing reads n_heads, layer_norm_eps")
        .doesNotContain("use_cache");
  }

  @Test
  void aKeyInsideOfAnotherIsToldWithBoth() throws IOException {
    var said =
        remarks(
            "llama-linear-rope",
            config -> ((ObjectNode) config.path("rope_scaling")).put("fcator", 3));
    assertThat(said).singleElement().asString().contains("nothing reads rope_scaling.fcator");
  }

  @Test
  void aKeyOfTransformerLensThatNothingReadsIsTold() throws IOException {
    var said = remarks("tl-mlp-gelu", config -> config.put("n_head", 2));
    assertThat(said).singleElement().asString().contains("nothing reads n_head,");
  }

  @ParameterizedTest
  @MethodSource("dev.fresnel.testkit.Golden#names")
  void whatPublishedModelsHaveIsNoNews(String golden) {
    Path folder = Golden.of(golden).model();
    Path gguf = folder.resolve("model.gguf");
    Path model = Files.exists(gguf) ? gguf : folder;
    try (var files = ModelDirectory.open(model, golden)) {
      Family family = Family.of(files.settings());
      var names = WeightNames.of(files.weights(), family.naming());
      var config = family.config(files.settings(), names);
      family.layout(config, files.settings(), names);
      assertThat(UnreadKeys.remark(files.settings(), family.harmless())).isEmpty();
    } catch (FresnelException notBuilt) {
      assertThat(golden)
          .isIn("tl-bidirectional", "tl-solu-ln", "tl-final-rms", "workshop-toy", "workshop-gpt2");
    }
  }

  /** The tokenizers library skips keys of a model that it does not know, and refuses others. */
  @Test
  void unknownKeysOfATokenizerAreToldOrRefusedAsInTheOriginal() throws IOException {
    remarks("gpt2-text", values -> {});
    Path file = folder.resolve("tokenizer.json");
    var tokenizer = (ObjectNode) Golden.json(file);
    ((ObjectNode) tokenizer.get("model")).put("fuse_unknown", true);
    Files.writeString(file, new ObjectMapper().writeValueAsString(tokenizer));
    var said = new ArrayList<String>();
    Fresnel.load(folder, LoadOptions.DEFAULT.reporting(new Remarks(said))).close();
    assertThat(said)
        .singleElement()
        .isEqualTo(
            "tokenizer.json: nothing reads fuse_unknown, here or in the original; check the"
                + " spelling.");

    tokenizer.put("normaliser", 1);
    Files.writeString(file, new ObjectMapper().writeValueAsString(tokenizer));
    try (var model = Fresnel.load(folder)) {
      assertThatThrownBy(() -> model.tokens("one"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("\"normaliser\" is no key of a tokenizer.json");
    }
  }
}
