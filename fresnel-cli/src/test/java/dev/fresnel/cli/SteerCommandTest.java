package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SteerCommandTest {
  private static final String MODEL = "--model=" + Called.golden("gpt2-text");

  /** The last layer's stream is all that the logits read: the difference makes one text another. */
  @Test
  void theWholeDifferenceGivesTheOtherTextsNextToken() {
    var steered =
        Called.with(
                "steer",
                MODEL,
                "--positive=the cat",
                "--negative=the dog",
                "--text=the dog",
                "--layer=1",
                "--greedy",
                "--max-new-tokens=1",
                "--json")
            .json();
    var other =
        Called.with("generate", MODEL, "--text=the cat", "--greedy", "--max-new-tokens=1", "--json")
            .json();
    assertThat(steered.get("steered").get("tokens")).isEqualTo(other.get("tokens"));
    assertThat(steered.get("prompt").asText()).isEqualTo("the dog");
    assertThat(steered.get("what").asText()).isEqualTo("resid_post");
    assertThat(steered.get("norm").asDouble()).isPositive();
  }

  /** No option helps there, so none is named. */
  @Test
  void aModelWithoutATokenizerIsNotSteeredByTokens() {
    var called =
        Called.with(
                "steer",
                "--model=" + Called.golden("gpt2"),
                "--positive=a",
                "--negative=b",
                "--layer=0",
                "--tokens=1,2")
            .failed(1);
    assertThat(called.err()).contains("SteeringVector.ofContrast").doesNotContain("--tokens");
  }

  @Test
  void aVectorOfLengthZeroIsSaid() {
    var called =
        Called.with(
                "steer",
                MODEL,
                "--positive=the cat",
                "--negative=the cat",
                "--text=the",
                "--layer=0",
                "--max-new-tokens=1")
            .succeeded();
    assertThat(called.err()).contains("The vector has length 0, so it changes nothing");
  }

  @Test
  void textsThatEndAtTheFirstPositionAmongOthersAreRemarked() {
    String[] call = {
      "steer", "--model=by-hand", "--bos=no", "--text=ab", "--layer=0", "--max-new-tokens=1"
    };
    String remark = "Some texts have one token, others more.";
    assertThat(
            Called.with(joined(new String[] {"--positive=a", "--negative=ab"}, call))
                .succeeded()
                .err())
        .contains(remark);
    assertThat(
            Called.with(joined(new String[] {"--positive=a", "--negative=b"}, call))
                .succeeded()
                .err())
        .doesNotContain(remark);
  }

  @Test
  void aFileOfPairsGivesWhatTheOptionsGive(@TempDir Path folder) throws IOException {
    Path pairs = folder.resolve("pairs.jsonl");
    Files.writeString(
        pairs,
        "{\"positive\": \"the cat\", \"negative\": \"the dog\"}\n\n"
            + "{\"positive\": \"a cat\", \"negative\": \"a dog\"}\n");
    String[] rest = {"--text=the", "--layer=0", "--scale=-1.5", "--max-new-tokens=2", "--json"};
    var fromFile = Called.with(joined(rest, "steer", MODEL, "--pairs=" + pairs)).json();
    var fromOptions =
        Called.with(
                joined(
                    rest,
                    "steer",
                    MODEL,
                    "--positive=the cat",
                    "--positive=a cat",
                    "--negative=the dog",
                    "--negative=a dog"))
            .json();
    assertThat(fromFile.get("norm").asDouble())
        .isCloseTo(fromOptions.get("norm").asDouble(), within(1e-6));
    assertThat(fromFile.get("steered")).isEqualTo(fromOptions.get("steered"));
    assertThat(fromFile.get("positive").asInt()).isEqualTo(2);
  }

  private static String[] joined(String[] rest, String... first) {
    var all = new java.util.ArrayList<>(java.util.List.of(first));
    all.addAll(java.util.List.of(rest));
    return all.toArray(String[]::new);
  }

  @Test
  void bothTextsArePrinted() {
    var called =
        Called.with(
            "steer",
            MODEL,
            "--positive=cat",
            "--negative=dog",
            "--text=the",
            "--layer=1",
            "--max-new-tokens=2");
    assertThat(called.succeeded().out())
        .contains("resid_post of layer 1", "without the vector\nthe", "with the vector\nthe");
  }

  /** The change is the difference of the two log probabilities beside it. */
  @Test
  void theFigureIsTheSteeredTextByWhatTheVectorChanges(@TempDir Path folder) throws IOException {
    String[] call = {"--positive=cat", "--negative=dog", "--text=the", "--layer=0", "--greedy"};
    for (String ending : List.of("html", "png", "csv")) {
      Path file = folder.resolve("steered." + ending);
      Called.with(joined(call, "steer", MODEL, "--max-new-tokens=3", "--output=" + file))
          .succeeded();
      assertThat(file).isNotEmptyFile();
    }
    var table = Files.readAllLines(folder.resolve("steered.csv"));
    assertThat(table.get(0)).contains("change", "with the vector", "without it");
    assertThat(table.size()).isGreaterThan(4);
    for (String line : table.subList(2, table.size())) {
      var cells = line.split(",");
      double[] numbers = new double[3];
      for (int i = 0; i < 3; i++) {
        numbers[i] = Double.parseDouble(cells[cells.length - 3 + i]);
      }
      assertThat(numbers[0]).isCloseTo(numbers[1] - numbers[2], within(1e-5));
      assertThat(numbers[1]).isNegative();
    }
  }

  @Test
  void aFileThatCannotBeUsedIsSaidByLine(@TempDir Path folder) throws IOException {
    Path pairs = folder.resolve("pairs.jsonl");
    String[] args = {"steer", MODEL, "--layer=0", "--text=the", "--pairs=" + pairs};
    Files.writeString(pairs, "{\"positive\": \"a\", \"negative\": \"b\"}\n{\"positive\": \"a\"}\n");
    assertThat(Called.with(args).failed(1).err()).contains("line 2 has no text \"negative\"");
    Files.writeString(pairs, "positive\n");
    assertThat(Called.with(args).failed(1).err())
        .contains("line 1 is no JSON object at column 1: ");
    Files.writeString(pairs, "\n");
    assertThat(Called.with(args).failed(1).err()).contains("has no pairs");
    args[2] = "--layer=7";
    Files.writeString(pairs, "{\"positive\": \"a\", \"negative\": \"b\"}");
    assertThat(Called.with(args).failed(1).err()).contains("there is no layer 7");
  }
}
