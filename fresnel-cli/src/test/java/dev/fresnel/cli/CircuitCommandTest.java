package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.Fresnel;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.Copying;
import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.analysis.circuit.TokenPairs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CircuitCommandTest {
  /** The induction heads of the bundled model copy. */
  @Test
  void withoutAHeadItSaysHowMuchEachHeadCopies() {
    var json = Called.with("circuit", "--json").json();
    assertThat(json.get("what").asText()).isEqualTo("ov");
    try (var model = Fresnel.load()) {
      double[][] right = Copying.scores(model).toArray();
      for (int head = 0; head < 8; head++) {
        assertThat(json.get("scores").get(1).get(head).asDouble())
            .isCloseTo(right[1][head], within(1e-6));
      }
    }
    assertThat(Called.with("circuit").succeeded().out())
        .contains("how much each head copies", "H7", "L1  ");
  }

  @Test
  void theGreatestPairsOfAHeadAreListed() {
    String[] call = {"circuit", "--head=L1H1", "--what=qk", "--top=3", "--json"};
    var json = Called.with(call).json();
    assertThat(json.get("head").asText()).isEqualTo("L1H1");
    assertThat(json.get("directions").isNull()).isTrue();
    try (var model = Fresnel.load()) {
      var right = TokenPairs.ofQk(model, new HeadId(1, 1), 3);
      for (int i = 0; i < 3; i++) {
        var pair = json.get("pairs").get(i);
        assertThat(pair.at("/from/id").asInt()).isEqualTo(right.get(i).from().id());
        assertThat(pair.at("/to/text").asText()).isEqualTo(right.get(i).to().text());
        assertThat(pair.get("value").asDouble()).isCloseTo(right.get(i).value(), within(1e-4));
      }
      assertThat(json.get("eigenvalues")).hasSize(model.config().sizes().dHead());
    }
    assertThat(Called.with("circuit", "--head=L1H1").succeeded().out())
        .contains("OV circuit of L1H1", "raises the logit of another", " -> ");
  }

  @Test
  void directionsAreReadThroughTheUnembedding() {
    String[] call = {"circuit", "--head=L1H1", "--singular=2", "--top=4", "--json"};
    var json = Called.with(call).json();
    assertThat(json.get("pairs").isNull()).isTrue();
    assertThat(json.get("directions")).hasSize(2);
    var first = json.get("directions").get(0);
    assertThat(first.get("raised")).hasSize(4);
    assertThat(first.at("/raised/0/logit").asDouble())
        .isGreaterThanOrEqualTo(-first.at("/lowered/0/logit").asDouble());
    assertThat(Called.with("circuit", "--head=L1H1", "--singular=2").succeeded().out())
        .contains("direction 1, stretched", "raised               logit  lowered");
  }

  @Test
  void anMlpsDirectionsAreThoseOfItsWeights() {
    String model = Called.golden("gpt2-text");
    try (var gpt2 = Fresnel.load(model)) {
      for (String what : List.of("w_in", "w_out")) {
        var right =
            what.equals("w_in")
                ? SingularVectors.readByMlp(gpt2, 1, 2, 4)
                : SingularVectors.writtenByMlp(gpt2, 1, 2, 4);
        var json =
            Called.with(
                    "circuit",
                    "--model",
                    model,
                    "--mlp=1",
                    "--what",
                    what,
                    "--singular=2",
                    "--top=4",
                    "--json")
                .json();
        assertThat(json.get("what").asText()).isEqualTo(what);
        assertThat(json.get("layer").asInt()).isEqualTo(1);
        assertThat(json.get("directions")).hasSize(2);
        for (int i = 0; i < 2; i++) {
          var direction = json.get("directions").get(i);
          assertThat(direction.get("value").asDouble())
              .isCloseTo(right.get(i).value(), within(1e-4));
          assertThat(direction.at("/lowered/3/id").asInt())
              .isEqualTo(right.get(i).lowered().get(3).token().id());
        }
      }
    }
    assertThat(Called.with("circuit", "--model", model, "--mlp=0").succeeded().out())
        .contains("the MLP of layer 0 writes most (W_out)", "direction 2, stretched")
        .doesNotContain("direction 3");
  }

  /** Of the model made by hand, L1H1 alone writes something, and nothing looks for itself. */
  @Test
  void aNumberThatDoesNotExistIsExplained() {
    assertThat(Called.with("circuit", "--model=by-hand").succeeded().out())
        .contains("NaN: the head writes nothing");
    assertThat(Called.with("circuit").succeeded().out()).doesNotContain("NaN");
    String[] call = {"circuit", "--model=by-hand", "--head=L1H1", "--what=qk", "--top=1"};
    assertThat(Called.with(call).succeeded().out())
        .contains("eigenvalues: all are 0")
        .doesNotContain("NaN");
  }

  @Test
  void aModelWithoutATokenizerShowsIds() {
    String[] call = {"circuit", "--model", Called.golden("gpt2"), "--head=L1H2", "--top=1"};
    assertThat(Called.with(call).succeeded().out()).containsPattern("#\\d+ +-> #\\d+\n");
  }

  @Test
  void everyFigureIsAFile(@TempDir Path folder) throws IOException {
    for (String what : List.of("--what=ov", "--what=qk", "--singular=2")) {
      for (String ending : List.of("html", "svg", "csv")) {
        Path file = folder.resolve("circuit." + ending);
        Called.with("circuit", "--head=L1H1", what, "--output=" + file).succeeded();
        assertThat(file).isNotEmptyFile();
      }
      assertThat(Files.readString(folder.resolve("circuit.svg")))
          .contains(what.endsWith("2") ? "what L1H1 writes" : "circuit of L1H1");
    }
    Path mlp = folder.resolve("mlp.csv");
    String model = Called.golden("gpt2-text");
    Called.with("circuit", "--model", model, "--mlp=1", "--output=" + mlp).succeeded();
    assertThat(Files.readAllLines(mlp).get(1)).startsWith("\"what the MLP of layer 1 writes, read");
    Path copying = folder.resolve("copying.csv");
    Called.with("circuit", "--output=" + copying).succeeded();
    assertThat(Files.readAllLines(copying)).hasSize(1 + 16);
  }

  @Test
  void aHeadOrMlpThatTheModelLacksIsSaid() {
    assertThat(Called.with("circuit", "--mlp=1").failed(1).err())
        .contains("attention alone, so it has no MLP");
    String model = Called.golden("gpt2-text");
    assertThat(Called.with("circuit", "--model", model, "--mlp=2").failed(1).err())
        .contains("no layer 2: the model has layers 0 to 1");
    assertThat(Called.with("circuit", "--head=L1H9").failed(1).err())
        .contains("no head L1H9: layers are 0 to 1, heads 0 to 7");
    assertThat(Called.with("circuit", "--top=3").failed(2).err()).contains("add --head");
    assertThat(Called.with("circuit", "--head=L1H0", "--top=1001").failed(2).err())
        .contains("--top is at most 1000, got 1001");
  }
}
