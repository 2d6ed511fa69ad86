package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttributeCommandTest {
  /** The rounding of float32 sums with a few dozen terms. */
  @Test
  void anyTokenOrTheDifferenceOfTwoIsTakenApart() {
    String[] at = {"--model", Called.golden("gpt2-text"), "--text", "the cat", "--json"};
    var logits = new java.util.HashMap<String, Double>();
    for (JsonNode each :
        Called.with(words("predict", at, "--top=1000")).json().get("predictions")) {
      logits.put(each.get("id").asText(), each.get("logit").asDouble());
    }
    var one = Called.with(words("attribute", at, "--token-id=5")).json();
    assertThat(one.get("next_token").isNull()).isTrue();
    assertThat(one.get("target").get("id").asInt()).isEqualTo(5);
    assertThat(one.get("minus").isNull()).isTrue();
    assertThat(one.get("by_position").isNull()).isTrue();
    assertThat(one.get("logit").asDouble()).isCloseTo(logits.get("5"), within(TOLERANCE));
    var difference =
        Called.with(
                words(
                    "attribute",
                    at,
                    "--token-id=5",
                    "--minus-id=9",
                    "--neurons=4",
                    "--every-position"))
            .json();
    assertThat(difference.get("logit").asDouble())
        .isCloseTo(logits.get("5") - logits.get("9"), within(TOLERANCE));
    assertThat(
            sum(difference.get("scores")) + sum(difference.get("components").findValues("score")))
        .isCloseTo(difference.get("logit").asDouble(), within(TOLERANCE));
    assertThat(difference.get("neurons")).hasSize(4);
    assertThat(difference.get("neurons").get(0).get("label").asText()).matches("L\\dN\\d+");
    var everywhere = difference.get("by_position");
    int last = difference.get("position").asInt();
    assertThat(everywhere.get("logits")).hasSize(last + 1);
    assertThat(everywhere.get("logits").get(last).asDouble())
        .isCloseTo(difference.get("logit").asDouble(), within(TOLERANCE));
    assertThat(everywhere.get("scores")).hasSameSizeAs(everywhere.get("parts"));
    assertThat(everywhere.get("tokens")).hasSize(last + 1);
    assertThat(everywhere.at("/tokens/" + last + "/id"))
        .isEqualTo(difference.get("token").get("id"));
  }

  @Test
  void whatWasAskedForHasAFigureEach(@TempDir Path folder) throws IOException {
    String[] at = {"--model", Called.golden("gpt2-text"), "--text", "the cat", "--token-id=5"};
    Path page = folder.resolve("attribution.html");
    String[] all = words("attribute", at, "--minus-id=9", "--neurons=4", "--every-position");
    Called.with(words(all[0], Arrays.copyOfRange(all, 1, all.length), "--output=" + page))
        .succeeded();
    assertThat(Files.readString(page)).contains("minus that of", ">Neurons<", ">By position<");
    Path one = folder.resolve("one.csv");
    Called.with(words("attribute", at, "--output=" + one)).succeeded();
    assertThat(Files.readString(one)).contains("attribution,L1,H0,", "not a head,L0 mlp,,");
    Called.with(words("attribute", at, "--every-position", "--output=" + one)).succeeded();
    assertThat(Files.readAllLines(folder.resolve("one-1.csv")).get(0))
        .isEqualTo("map,part,position,logits");
  }

  @Test
  void aTokenCanBeNamedByItsText() {
    String[] at = {"--model", "by-hand", "--text", "abcab", "--token", "c"};
    assertThat(Called.with(words("attribute", at, "--minus=a")).succeeded().out())
        .contains("position 5")
        .contains("the logit of \"c\" less that of \"a\" is");
    assertThat(Called.with(words("attribute", at, "--minus=c")).failed(2).err())
        .contains("the two tokens are the same");
    assertThat(Called.with(words("attribute", at, "--minus-id=99")).failed(1).err())
        .contains("token 99 less itself is 0 everywhere");
    assertThat(Called.with("attribute", "--token=a", "--token-id=3").failed(2).err())
        .contains("--token-id");
    assertThat(Called.with("attribute", "--method=workshop", "--neurons=3").failed(2).err())
        .contains("leave out --neurons");
    assertThat(
            Called.with("attribute", "--model", "by-hand", "--text=ab", "--token=abc")
                .failed(1)
                .err())
        .contains("expected one");
    assertThat(
            Called.with("attribute", "--model", Called.golden("gpt2"), "--tokens=1,2", "--token=a")
                .failed(1)
                .err())
        .contains("--token-id");
  }

  private static final double TOLERANCE = 1e-4;

  @ParameterizedTest
  @CsvSource({
    "gpt2, default",
    "gpt2, raw",
    "llama, default",
    "llama, raw",
    "tl-shortformer, default",
    "gpt2-bare, raw"
  })
  void sharesAddUpToTheLogit(String model, String processing) {
    var json =
        Called.with(
                "attribute",
                "--model",
                Called.golden(model),
                "--tokens",
                "3,1,4,1,5",
                "--position",
                "2",
                "--processing",
                processing,
                "--json")
            .json();
    assertThat(json.get("position").asInt()).isEqualTo(2);
    assertThat(json.get("token").get("id").asInt()).isEqualTo(4);
    assertThat(json.get("next_token").get("id").asInt()).isEqualTo(1);
    assertThat(json.get("method").asText()).isEqualTo("direct");
    assertThat(sum(json.get("scores")) + sum(json.get("components").findValues("score")))
        .isCloseTo(json.get("logit").asDouble(), within(TOLERANCE));
  }

  @Test
  void itsLogitIsTheOneThatPredictPrints() {
    String[] at = {
      "--model", Called.golden("gpt2-text"), "--text", "the cat", "--position=1", "--json"
    };
    JsonNode attributed = Called.with(words("attribute", at)).json();
    int next = attributed.get("next_token").get("id").asInt();
    for (JsonNode expected :
        Called.with(words("predict", at, "--top=1000")).json().get("predictions")) {
      if (expected.get("id").asInt() == next) {
        assertThat(attributed.get("logit").asDouble())
            .isCloseTo(expected.get("logit").asDouble(), within(TOLERANCE));
        return;
      }
    }
    throw new AssertionError("predict does not list token " + next);
  }

  @Test
  void withoutAPositionTheLastWithANextTokenIsTaken() {
    var json = Called.with("attribute", "--model=by-hand", "--text=abcab", "--json").json();
    assertThat(json.get("position").asInt()).isEqualTo(4);
    assertThat(json.get("token").get("text").asText()).isEqualTo("a");
    assertThat(json.get("next_token").get("text").asText()).isEqualTo("b");
  }

  @Test
  void theInductionHeadWritesTheNextToken() {
    assertThat(Called.with("attribute", "--model=by-hand", "--text=abcab").succeeded().out())
        .startsWith("by-hand, position 4, \"a\": the logit of \"b\", which comes next, is 12.000\n")
        .contains("strongest\n  L1H1         12.000\n")
        .contains("\nL1    0.00 12.00  0.00\n");
  }

  @Test
  void theWorkshopsMethodLeavesTheNormOut() {
    String[] at = {"--model", Called.golden("gpt2"), "--tokens=3,1,4", "--json"};
    JsonNode workshop = Called.with(words("attribute", at, "--method=workshop")).json();
    assertThat(workshop.get("method").asText()).isEqualTo("workshop");
    assertThat(workshop.get("components")).isEmpty();
    assertThat(sum(workshop.get("scores")))
        .isNotEqualTo(sum(Called.with(words("attribute", at)).json().get("scores")));
  }

  private static double sum(Iterable<JsonNode> numbers) {
    double sum = 0;
    for (JsonNode number : numbers) {
      sum += number.isArray() ? sum((Iterable<JsonNode>) number) : number.asDouble();
    }
    return sum;
  }

  private static String[] words(String command, String[] options, String... more) {
    var words = new java.util.ArrayList<String>();
    words.add(command);
    words.addAll(java.util.List.of(options));
    words.addAll(java.util.List.of(more));
    return words.toArray(String[]::new);
  }
}
