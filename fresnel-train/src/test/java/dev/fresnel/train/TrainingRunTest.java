package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingRunTest {
  private static final Path TOKENIZER = Golden.of("gpt2-text").model().resolve("tokenizer.json");
  private static final Map<String, Object> MODEL =
      Map.of(
          "model_name",
          "toy",
          "n_layers",
          2,
          "d_model",
          16,
          "d_head",
          8,
          "n_ctx",
          24,
          "attn_only",
          true);

  @TempDir Path folder;

  private static Recipe recipe(double rate) {
    var repeats = List.of(Repeats.of(0.5, 0.5, 3, 8), new Repeats(4, 0.25, 0.5, 3, 8, 2));
    var training =
        Hyperparameters.of(6, 4, 20, rate)
            .withSeed(3)
            .withWarmup(2)
            .withRepeats(repeats.toArray(Repeats[]::new))
            .withEvery(2);
    return new Recipe(MODEL, "sinusoids", true, training);
  }

  private TrainingRun run(String name, Recipe recipe) throws IOException {
    Path text = folder.resolve("text.txt");
    String words =
        IntStream.range(0, 300)
            .mapToObj(i -> "The " + i % 17 + " cats and " + i % 5 + " dogs.\n")
            .collect(Collectors.joining());
    Files.writeString(text, words);
    return TrainingRun.of(text, folder.resolve(name))
        .withRecipe(recipe)
        .withTokenizer(new TokenizerSource.File(TOKENIZER));
  }

  @Test
  void aKilledRunGoesOnToTheSameLossesAndWeights() throws IOException {
    run("whole", recipe(0.01)).run(TrainingRun.Listener.NONE);
    var killed = run("killed", recipe(0.01));
    assertThatThrownBy(() -> killed.run(dyingAfter(5))).hasMessage("killed");
    Files.writeString(
        folder.resolve("killed/history.jsonl"),
        "{\"step\": 6, half a li",
        java.nio.file.StandardOpenOption.APPEND);
    killed.run(TrainingRun.Listener.NONE);

    assertThat(timeless("killed")).isEqualTo(timeless("whole")).hasSize(3);
    assertThat(folder.resolve("killed/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model.safetensors"));
  }

  private static TrainingRun.Listener dyingAfter(long steps) {
    return new TrainingRun.Listener() {
      @Override
      public void stepped(long step, double loss) {
        if (step == steps) {
          throw new IllegalStateException("killed");
        }
      }
    };
  }

  /** The history without its speed. */
  private List<String> timeless(String name) {
    return History.read(folder.resolve(name).resolve("history.jsonl")).stream()
        .map(entry -> entry.toString().replaceAll("tokensPerSecond=.*", ""))
        .toList();
  }

  @Test
  void whatItLeavesIsAModelThatCanBeLoaded() throws IOException {
    run("model", recipe(0.01)).run(TrainingRun.Listener.NONE);
    try (var model = Fresnel.load(folder.resolve("model"));
        var run = model.run(model.tokens("The 3 cats"))) {
      assertThat(run.logits().floats()).doesNotContain(Float.NaN);
      assertThat(model.config().name()).isEqualTo("model");
    }
  }

  @Test
  void aFolderOfAnotherRecipeIsLeftAlone() throws IOException {
    run("other", recipe(0.01)).run(TrainingRun.Listener.NONE);
    var again = run("other", recipe(0.02));
    assertThatThrownBy(() -> again.run(TrainingRun.Listener.NONE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("training.rate: it began with 0.01, the recipe has 0.02");
  }

  @Test
  void aLossThatIsNotFiniteEndsTheRunWithAdvice() throws IOException {
    var run = run("diverging", recipe(1e30));
    assertThatThrownBy(() -> run.run(TrainingRun.Listener.NONE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("training cannot go on")
        .hasMessageContaining("rate");
  }

  @Test
  void anEmptyTextAndAShortOneAreRefused() throws IOException {
    var run = run("short", recipe(0.01));
    Files.writeString(run.text(), "Too short.");
    assertThatThrownBy(() -> run.run(TrainingRun.Listener.NONE))
        .hasMessageContaining("it needs at least 41");
    Files.writeString(run.text(), "");
    assertThatThrownBy(() -> run.run(TrainingRun.Listener.NONE)).hasMessageContaining("is empty");
    Files.delete(run.text());
    assertThatThrownBy(() -> run.run(TrainingRun.Listener.NONE))
        .hasMessageContaining("does not exist");
  }

  @Test
  void aRecipeWithAnUnknownKeyIsRefusedByName() throws IOException {
    Path file = folder.resolve("recipe.json");
    Files.writeString(
        file,
        "{\"model\": {}, \"training\": {\"steps\": 3, \"batch\": 2, \"length\": 8, \"rate\": 0.1,"
            + " \"stepz\": 3}}");
    assertThatThrownBy(() -> Recipe.read(file))
        .hasMessageContaining("it has no key \"training.stepz\"; known here:")
        .hasMessageContaining("steps");
    Files.writeString(file, "{\"model\": {}, \"training\": {\"steps\": 3}}");
    assertThatThrownBy(() -> Recipe.read(file))
        .hasMessageEndingWith("is no recipe: \"batch\" must be at least 1, is 0");
    Files.writeString(file, "{\"model\": {}}");
    assertThatThrownBy(() -> Recipe.read(file))
        .hasMessageContaining("needs \"model\" and \"training\", this one has no \"training\";");
    Files.writeString(file, "{\"model\": {}, \"training\": {\"steps\": \"many\"}}");
    assertThatThrownBy(() -> Recipe.read(file))
        .hasMessageEndingWith("\"training.steps\" must be a number, is \"many\"");
    Files.writeString(file, "{\"model\": 3, \"training\": {}}");
    assertThatThrownBy(() -> Recipe.read(file))
        .hasMessageContaining("\"model\" is of another kind");
    Files.writeString(file, "[]");
    assertThatThrownBy(() -> Recipe.read(file)).hasMessageContaining("must be a JSON object");
    Files.writeString(file, "{\"model\": {}, \"training\": {\"steps\": 99999999999}}");
    assertThatThrownBy(() -> Recipe.read(file))
        .hasMessageContaining("99999999999")
        .hasMessageNotContaining("valid JSON");
    Files.writeString(file, "{\n\"model\"");
    assertThatThrownBy(() -> Recipe.read(file)).hasMessageContaining("not valid JSON, line 2");
  }
}
