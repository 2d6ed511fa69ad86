package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.TensorFile;
import dev.fresnel.load.TransformerLensFiles;
import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What training writes is what TransformerLens 2.16.1 opened: parity/trained.py trained the folders
 * under golden/trained and wrote down its losses.
 */
@Tag("golden")
class TrainedFilesTest {
  private static final Path FOLDER = Golden.root().resolve("trained");
  private static final JsonNode CASES = Golden.json(FOLDER.resolve("cases.json"));

  /** The rounding of float32 sums in another order, in losses of about 6. */
  private static final double CLOSE = 1e-5;

  @TempDir Path folder;

  static Stream<String> cases() {
    return CASES.get("cases").properties().stream().map(Map.Entry::getKey);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void transformerLensReadsTheSameLosses(String name) {
    JsonNode about = CASES.get("cases").get(name);
    int[] ids =
        StreamSupport.stream(about.get("tokens").spliterator(), false)
            .mapToInt(JsonNode::asInt)
            .toArray();
    try (var model = Fresnel.load(FOLDER.resolve(name), LoadOptions.DEFAULT.raw());
        var run = model.run(Tokens.of(ids))) {
      float[] losses = run.lossPerToken()[0];
      for (int i = 0; i < losses.length; i++) {
        assertThat((double) losses[i])
            .as("loss of token " + (i + 1))
            .isCloseTo(about.get("losses").get(i).asDouble(), within(CLOSE));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainingStillWritesTheFilesThatTransformerLensOpened(String name) throws IOException {
    Path file = folder.resolve("recipe.json");
    Files.writeString(file, CASES.get("cases").get(name).get("recipe").toString());
    var recipe = Recipe.read(file);
    var config = recipe.config(300);
    var start = recipe.start();
    try (var scope = Scope.open();
        var trainer = Trainer.of(config, start.weights(config, 1), recipe.training())) {
      trainer.save(folder.resolve("model"));
    }
    assertThat(Files.readString(folder.resolve("model/config.json")))
        .isEqualTo(Files.readString(FOLDER.resolve(name).resolve("config.json")));
    assertThat(shapes(folder.resolve("model"))).isEqualTo(shapes(FOLDER.resolve(name)));
  }

  private static Map<String, String> shapes(Path model) {
    var shapes = new TreeMap<String, String>();
    try (var file = TensorFile.open(model.resolve("model.safetensors"))) {
      file.names().forEach(name -> shapes.put(name, file.shape(name).toString()));
    }
    return shapes;
  }

  @Test
  void everyFieldOfTransformerLensIsKnown() {
    CASES.get("fields").forEach(field -> assertThat(ModelKeys.known()).contains(field.asText()));
  }

  @Test
  void aFieldThatIsSaidElsewhereIsRefusedWithTheKeyToGive() {
    assertThatThrownBy(() -> ModelKeys.require(Map.of("init_mode", "xavier_normal")))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("give \"initialization\" beside \"model\"");
    assertThatThrownBy(() -> ModelKeys.require(Map.of("seed", 1)))
        .hasMessageContaining("give \"seed\" under \"training\"");
    ModelKeys.require(Map.of("dtype", "float32", "init_mode", "gpt2", "device", "cuda"));
  }

  @Test
  void aModelThatTransformerLensCannotSayIsNotSaved() {
    var config =
        ModelConfig.attentionOnly(
            "toy",
            Sizes.builder().layers(1).heads(1).dHead(4).dModel(4).context(8).vocabulary(9).build(),
            new Norm.None(),
            new Positional.None());
    var start = new Initialization(Initialization.Scheme.GPT2, Biases.LEFT_OUT);
    try (var scope = Scope.open();
        var trainer =
            Trainer.of(config, start.weights(config, 1), Hyperparameters.of(1, 1, 8, 0.1))) {
      assertThatThrownBy(() -> trainer.save(folder.resolve("none")))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("positional_embedding_type");
      assertThat(folder.resolve("none/model.safetensors")).doesNotExist();
    }
  }

  @Test
  void aSavedModelReplacesAnOlderOneButNoTraining() throws IOException {
    var config = TransformerLensFiles.config("toy", TOY);
    var start = new Initialization(Initialization.Scheme.GPT2, Biases.INCLUDED);
    Path model = folder.resolve("toy");
    try (var scope = Scope.open();
        var trainer =
            Trainer.of(config, start.weights(config, 1), Hyperparameters.of(1, 1, 8, 0.1))) {
      trainer.save(model);
      trainer.save(model, new TokenizerSource.Bundled().json(""));
      try (var loaded = Fresnel.load(model)) {
        assertThat(loaded.tokenizer()).isPresent();
      }
      Files.writeString(model.resolve("training.safetensors"), "of another run");
      assertThatThrownBy(() -> trainer.save(model)).hasMessageContaining("holds a training");
    }
  }

  private static final Map<String, Object> TOY =
      Map.of(
          "n_layers", 1, "d_model", 8, "d_head", 4, "n_ctx", 8, "d_vocab", 3000, "attn_only", true);
}
