package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.SmolLm2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadsCommandTest {
  @Test
  void everyTextbookHeadOfTheModelWrittenByHandIsFound() {
    var json =
        Called.with(
                "heads",
                "--model",
                "by-hand",
                "--text",
                "abcdeabcde",
                "--threshold",
                "0.9",
                "--json")
            .json();
    assertThat(json.findValuesAsText("name"))
        .containsExactly(
            "current-token", "previous-token", "first-token", "duplicate-token", "induction");
    assertThat(json.get("detectors").findValuesAsText("label"))
        .containsExactly("L0H1", "L0H0", "L0H2", "L1H0", "L1H1");
    JsonNode induction = json.get("detectors").get(4);
    assertThat(induction.get("heads").get(0).get("layer").asInt()).isEqualTo(1);
    assertThat(induction.get("heads").get(0).get("head").asInt()).isEqualTo(1);
    assertThat(induction.get("heads").get(0).get("score").asDouble()).isCloseTo(1, within(1e-5));
    assertThat(induction.get("scores")).hasSize(2);
    assertThat(induction.get("scores").get(0)).hasSize(3);
  }

  @Test
  void ofManyHeadsTheStrongestAreShownAndTheOthersCounted() {
    String[] heads = {"heads", "--text", "one two three one two", "--threshold", "0"};
    String shown = Called.with(heads).succeeded().out();
    String first = shown.substring(shown.indexOf("current-token\n"), shown.indexOf("previous"));
    assertThat(first.split("L\\dH\\d")).hasSize(16); // 15 heads
    assertThat(first).contains("and 1 more of 16 heads; --threshold lists fewer, --json all");
    assertThat(Called.with(append(heads, "--json")).json().get("detectors").get(0).get("heads"))
        .hasSize(16);
  }

  @Test
  void jsonSaysWhatWasRead() {
    var json = Called.with("heads", "--model", "by-hand", "--text", "aé", "--json").json();
    assertThat(json.get("model").asText()).isEqualTo("by-hand");
    assertThat(json.get("bos").asBoolean()).isTrue();
    assertThat(json.get("threshold").asDouble()).isEqualTo(0.35);
    assertThat(json.get("tokens").findValuesAsText("text")).startsWith("<|bos|>", "a");
    assertThat(json.get("tokens").get(1).get("id").asInt()).isEqualTo('a');
    assertThat(json.get("tokens")).hasSize(4);
  }

  @Test
  void bosIsLeftOutWhereItIsNotWanted() {
    var json =
        Called.with("heads", "--model", "by-hand", "--text", "ab", "--bos", "no", "--json").json();
    assertThat(json.get("bos").asBoolean()).isFalse();
    assertThat(json.get("tokens").findValuesAsText("text")).containsExactly("a", "b");
  }

  @Test
  void scoresAreNullWhereARuleHoldsNowhereInTheText() {
    String[] heads = {"heads", "--model", Called.golden("gpt2"), "--tokens", "1,2,3"};
    JsonNode induction = Called.with(append(heads, "--json")).json().get("detectors").get(4);
    var scores = StreamSupport.stream(induction.get("scores").spliterator(), false).toList();
    assertThat(scores)
        .hasSize(3)
        .allSatisfy(layer -> assertThat(layer).hasSize(4).allMatch(JsonNode::isNull));
    assertThat(induction.get("heads")).isEmpty();
    assertThat(Called.with(heads).succeeded().out())
        .contains("induction\n  the text has no place for it");
  }

  @Test
  void headsMustScoreMoreThanTheThreshold() {
    var json =
        Called.with(
                "heads",
                "--model",
                Called.golden("gpt2"),
                "--tokens",
                "1,2,1",
                "--threshold",
                "1",
                "--json")
            .json();
    assertThat(json.get("detectors").findValues("label")).isEmpty();
    assertThat(json.get("threshold").asDouble()).isEqualTo(1);
  }

  @Test
  void withoutATextABuiltInSentenceIsReadTwiceAndSaidSo() {
    var called = Called.with("heads", "--model", "by-hand", "--json");
    assertThat(called.err()).contains("No text given");
    var tokens = called.json().get("tokens");
    int half = tokens.size() / 2;
    for (int i = 1; i <= half; i++) {
      assertThat(tokens.get(i)).isEqualTo(tokens.get(i + half));
    }
    assertThat(Called.with("heads", "--model", "by-hand", "--quiet").err()).isEmpty();
  }

  @Test
  void aTableNamesTheHeadsOfEachDetector() {
    assertThat(
            Called.with("heads", "--model", "by-hand", "--text", "abcabc", "--threshold", "0.9")
                .succeeded()
                .out())
        .startsWith("by-hand read 7 tokens, with BOS; heads with a score above 0.9\n")
        .contains("previous-token\n  L0H0   1.000\n")
        .contains("induction\n  L1H1   1.000\n");
  }

  @Test
  void smolLm2sInductionHeadsAreThoseThatTransformerLensFinds() {
    String text = Golden.json(Golden.root().resolve("smollm2/golden.json")).get("text").asText();
    String model = SmolLm2.file().toString();
    var json =
        Called.with("heads", "--model", model, "--text", text, "--threshold", "0.5", "--json")
            .json();
    assertThat(json.get("detectors").get(4).findValuesAsText("label"))
        .containsExactlyInAnyOrder("L17H5", "L18H6", "L20H6");
    assertThat(json.get("bos").asBoolean()).isFalse();
  }

  private static String[] append(String[] args, String last) {
    var all = java.util.Arrays.copyOf(args, args.length + 1);
    all[args.length] = last;
    return all;
  }

  @Test
  void repeatedRandomTokensFindTheInductionHeadOfAnyModel() {
    String[] heads = {
      "heads", "--model", "by-hand", "--repeated-random", "20", "--texts", "3", "--seed", "4"
    };
    var json = Called.with(append(heads, "--json")).json();
    assertThat(json.get("tokens")).isEmpty();
    assertThat(json.get("repeated_random").toString())
        .isEqualTo("{\"half\":20,\"texts\":3,\"length\":41,\"seed\":4}");
    assertThat(json.get("detectors").get(4).get("heads").get(0).get("label").asText())
        .isEqualTo("L1H1");
    assertThat(Called.with(heads).succeeded().out())
        .contains("read 3 texts of 20 random tokens twice (seed 4), with BOS");
  }

  @Test
  void repeatedRandomTokensTakeThePlaceOfAText() {
    assertThat(Called.with("heads", "--repeated-random", "9", "--text", "a").failed(2).err())
        .contains("leave out --text");
    assertThat(Called.with("heads", "--seed", "4").failed(2).err()).contains("--repeated-random");
    assertThat(
            Called.with("heads", "--model", "by-hand", "--repeated-random", "9999").failed(1).err())
        .contains("--repeated-random 9999 makes texts of 19999 tokens", "is the most");
    String[] seeded = {"heads", "--model=by-hand", "--repeated-random=4", "--seed=-1", "--json"};
    assertThat(Called.with(seeded).json().at("/repeated_random/seed").asLong())
        .as("any whole number, as generate takes it")
        .isEqualTo(-1);
  }

  @Test
  void scoresAreWrittenAsATableAndAPage(@TempDir Path folder) throws IOException {
    Path csv = folder.resolve("heads.csv");
    Path page = folder.resolve("predict.html");
    Called.with("heads", "--model=by-hand", "--text=abab", "--output=" + csv).succeeded();
    assertThat(Files.readString(csv)).contains("induction,L1,H1,1.0");
    Called.with("predict", "--model=by-hand", "--text=abab", "--first=4", "--output=" + page)
        .succeeded();
    assertThat(Files.readString(page)).contains("loss");
    Called.with("attribute", "--model=by-hand", "--text=abab", "--output=" + csv).succeeded();
    assertThat(Files.readString(csv)).contains("attribution,L1,H1,", "not a head,embed,,");
  }
}
