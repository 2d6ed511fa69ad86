package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  private static final String RECIPE =
      """
      {"model": {"model_name": "toy", "n_layers": 2, "d_model": 16, "d_head": 8, "n_ctx": 24, "attn_only": true},
       "training": {"steps": 4, "batch": 4, "length": 20, "rate": 0.01, "every": 2}}
      """;

  /** What changes nothing, or is given elsewhere in a recipe. */
  private static final Set<String> UNLISTED = Set.of("device", "init_mode");

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
  void aByteOrderMarkIsNoPartOfTheTextThatIsTrainedOn() throws IOException {
    Path text = folder.resolve("text.txt");
    var plain = train("--json").json();
    Files.writeString(text, "\uFEFF" + Files.readString(text));
    Files.move(folder.resolve("toy"), folder.resolve("first"));
    Called marked = train("--json").succeeded();
    assertThat(marked.err()).contains(text + " begins with a byte-order mark");
    assertThat(marked.json().get("loss")).isEqualTo(plain.get("loss"));
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
    Files.writeString(folder.resolve("toy.json"), "{\"model\": {}}");
    assertThat(train().failed(1).err()).contains("is no recipe").contains("training");
    assertThat(Called.with("train").failed(2).err()).contains("--text");
    assertThat(train("--vocabulary", "256").failed(2).err()).contains("from 257 on");
    assertThat(train("--vocabulary", "300", "--tokenizer", "x").failed(2).err())
        .contains("mutually exclusive");
    assertThat(train("--until", "0").failed(2).err()).contains("a whole number from 1 on");
  }

  @Test
  void eachMeasurementIsALineWhereThereIsNoTerminal() {
    assertThat(train().succeeded().err().lines())
        .filteredOn(line -> line.startsWith("step "))
        .hasSize(2)
        .first()
        .asString()
        .matches("step 2 of 4, loss [\\d.]+, held-out [\\d.]+, induction [\\d.]+, \\d+ tokens/s");
    assertThat(train("--quiet").succeeded().err()).isEmpty();
  }

  @Test
  void aKeyThatNoModelHasIsRefusedWithTheNearest() throws IOException {
    Files.writeString(folder.resolve("toy.json"), RECIPE.replace("d_head", "n_head"));
    assertThat(train().failed(1).err())
        .contains("\"model\" has the unknown key \"n_head\"; the nearest are d_head, n_heads, ");
  }

  @Test
  void aTextAloneIsEnough() throws IOException {
    Path text = folder.resolve("text.txt");
    var words = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      words.append("The ").append(i % 37).append(" cats saw ").append(i % 11).append(" dogs.\n");
    }
    Files.writeString(text, words);
    String output = folder.resolve("own").toString();
    var trained =
        Called.with(
                "train", "--text", text.toString(), "--output", output, "--until", "1", "--json")
            .json();
    assertThat(trained.get("tokens").asInt()).isEqualTo(10 * 192);
    var learned =
        Called.with(
                "train",
                "--text",
                text.toString(),
                "--vocabulary",
                "300",
                "--output",
                output + "2",
                "--until",
                "1",
                "--json")
            .succeeded();
    assertThat(learned.json().get("steps").asInt()).isEqualTo(1);
    assertThat(Files.readString(folder.resolve("own2/config.json"))).contains("\"d_vocab\" : 300");
  }

  @Test
  void theHelpNamesEveryKeyOfARecipe() throws IOException {
    String help = Called.with("train", "--help").succeeded().out();
    var fields = Golden.json(Golden.root().resolve("trained/cases.json")).get("cases");
    fields.forEach(
        one ->
            one.get("recipe")
                .get("model")
                .fieldNames()
                .forEachRemaining(
                    key ->
                        assertThat(UNLISTED.contains(key) || help.contains(key)).as(key).isTrue()));
    for (String part : new String[] {"", "training", "repeats"}) {
      Files.writeString(folder.resolve("toy.json"), unknownIn(part));
      String known = train().failed(1).err().replaceAll("(?s).*known here: ", "");
      assertThat(known.strip().split(", ")).isNotEmpty().allMatch(help::contains);
    }
  }

  private static String unknownIn(String part) {
    String unknown = "\"no_such_key\": 1";
    return switch (part) {
      case "training" -> "{\"training\": {" + unknown + "}}";
      case "repeats" ->
          "{\"training\": {\"repeats\": [{\"shortest\": 1, \"longest\": 2, " + unknown + "}]}}";
      default -> RECIPE.strip().replaceFirst("\\{", "{" + unknown + ", ");
    };
  }
}
