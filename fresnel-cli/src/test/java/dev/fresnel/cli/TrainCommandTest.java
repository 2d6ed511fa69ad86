package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  private static final String RECIPE =
      """
      {"model": {"model_name": "toy", "n_layers": 2, "d_model": 16, "d_head": 8, "n_ctx": 24, "attn_only": true},
       "training": {"steps": 4, "batch": 4, "length": 20, "rate": 0.01, "every": 2}}
      """;

  @TempDir Path folder;

  @BeforeEach
  void aTextAndARecipe() throws IOException {
    Files.writeString(
        folder.resolve("text.txt"), "The cat sat on the mat, and the dog on the log.\n".repeat(40));
    Files.writeString(folder.resolve("toy.json"), RECIPE);
    Path tokenizer = Path.of(Called.golden("gpt2-text")).resolve("tokenizer.json");
    Files.copy(tokenizer, folder.resolve("tokenizer.json"));
  }

  private Called train(String... more) {
    var args = new java.util.ArrayList<String>();
    args.addAll(
        java.util.List.of(
            "train",
            "--config",
            folder.resolve("toy.json").toString(),
            "--text",
            folder.resolve("text.txt").toString(),
            "--output",
            folder.resolve("toy").toString()));
    args.addAll(java.util.List.of(more));
    return Called.with(args.toArray(String[]::new));
  }

  @Test
  void whatWasTrainedIsAModelForEveryCommand() {
    var json = train("--json").json();
    assertThat(json.get("steps").asInt()).isEqualTo(4);
    assertThat(json.get("tokens").asInt()).isEqualTo(4 * 4 * 20);
    assertThat(json.get("induction").get("head").asText()).matches("L\\dH\\d");
    var inspected =
        Called.with("inspect", "--model", folder.resolve("toy").toString(), "--json").json();
    assertThat(inspected.get("model").asText()).isEqualTo("toy");
  }

  @Test
  void aStoppedRunGoesOn() throws IOException {
    train("--until", "2").succeeded();
    assertThat(Files.readAllLines(folder.resolve("toy/history.jsonl"))).hasSize(1);
    assertThat(train().succeeded().err()).contains("Going on after step 2.");
    assertThat(Files.readAllLines(folder.resolve("toy/history.jsonl"))).hasSize(2);
  }

  @Test
  void whatCannotBeUsedIsSaid() throws IOException {
    Files.writeString(folder.resolve("text.txt"), "Short.");
    assertThat(train().failed(1).err()).contains("it needs at least 41");
    Files.delete(folder.resolve("text.txt"));
    assertThat(train().failed(1).err()).contains("text.txt does not exist");
    Files.delete(folder.resolve("tokenizer.json"));
    assertThat(train().failed(1).err()).contains("--tokenizer");
    Files.writeString(folder.resolve("toy.json"), "{\"model\": {}}");
    assertThat(train().failed(1).err()).contains("is no recipe").contains("training");
    assertThat(Called.with("train").failed(2).err()).contains("--config");
    assertThat(train("--until", "0").failed(2).err()).contains("a whole number from 1 on");
  }
}
