package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnockoutCommandTest {
  @TempDir Path folder;

  /** The last b, at position 8, attends to the c at position 3 by the induction head alone. */
  private static Called knockout(String... more) {
    var all = new ArrayList<>(List.of("knockout", "--model", "by-hand", "--text", "abcd..ab"));
    all.addAll(List.of(more));
    return Called.with(all.toArray(String[]::new));
  }

  @Test
  void withoutTheInductionHeadsEdgeTheAnswerIsLost() {
    var json = knockout("--from", "-1", "--to", "2,3", "--answer", "c", "--json").json();
    assertThat(json.get("metric").asText()).isEqualTo("log-prob");
    assertThat(json.get("method").asText()).isEqualTo("queries [8] to keys [2, 3]");
    assertThat(json.at("/change/1/1").asDouble()).isLessThan(-3);
    assertThat(json.at("/change/1/0").asDouble()).isCloseTo(0, within(1e-4));
    var layers = knockout("--from=8", "--to=3-3", "--by=layer", "--json").json();
    assertThat(layers.get("metric").asText()).isEqualTo("kl");
    assertThat(layers.at("/change/1").asDouble()).isGreaterThan(1);
    assertThat(layers.get("values")).hasSize(2);
    var difference =
        knockout("--from=8", "--to=3", "--answer-token=99", "--wrong", "d", "--json").json();
    assertThat(difference.get("metric").asText()).isEqualTo("logit-diff");
  }

  @Test
  void resultsAreWrittenAndOpenedAgain() throws IOException {
    String save = folder.resolve("knockout.json").toString();
    String page = folder.resolve("knockout.html").toString();
    var called = knockout("--from=-1", "--to=3", "--save", save, "--output", page).succeeded();
    assertThat(called.out()).contains("L1H1").contains("kl: clean 0.0000");
    assertThat(Files.readString(Path.of(page))).contains("fresnel-heatmap", "change of kl");
    assertThat(Called.with("knockout", "--saved", save).succeeded().out()).isEqualTo(called.out());
    Called.with("knockout", "--saved", save, "--from=1", "--to=0").failed(2);
  }

  /** A divergence of a thousandth of a nat is no zero: table and list have decimals for it. */
  @Test
  void smallChangesAreShown() throws IOException {
    Path save = folder.resolve("knockout.json");
    knockout("--from=-1", "--to=3", "--save", save.toString()).succeeded();
    var json = (ObjectNode) new ObjectMapper().readTree(save.toFile());
    double[][] change = {{8.6e-6, 0, -0.00041}, {0, 0.0021702, 0.00034}};
    json.set("values", new ObjectMapper().valueToTree(change));
    json.put("clean", 0.0).remove("by_text");
    Files.writeString(save, json.toString());
    assertThat(Called.with("knockout", "--saved", save.toString()).succeeded().out())
        .contains("\nL0    0.0000  0.0000 -0.0004\nL1    0.0000  0.0022  0.0003\n")
        .containsPattern(
            "L1H1 +0\\.00217\n"
                + " +L0H2 +-0\\.00041\n"
                + " +L1H2 +0\\.00034\n"
                + " +L0H0 +0\\.00001\n"
                + "no other cell");
  }

  private static Called many(String... more) {
    var all = new ArrayList<>(List.of("knockout", "--model", "by-hand", "--json"));
    all.addAll(List.of(more));
    return Called.with(all.toArray(String[]::new));
  }

  @Test
  void manyTextsGiveMeansAndIntervals() throws IOException {
    Path texts = folder.resolve("texts.txt");
    Files.writeString(texts, "abcd..ab\nabdc..ab\n");
    var json = many("--data=" + texts, "--from=-1", "--to=3", "--answer=c").json();
    assertThat(json.get("texts").asInt()).isEqualTo(2);
    assertThat(json.has("interval")).isTrue();
    double one =
        knockout("--from=-1", "--to=3", "--answer=c", "--json").json().at("/values/1/1").asDouble();
    double other =
        many("--text=abdc..ab", "--from=-1", "--to=3", "--answer=c")
            .json()
            .at("/values/1/1")
            .asDouble();
    assertThat(json.at("/values/1/1").asDouble()).isCloseTo((one + other) / 2, within(1e-5));
    Path pairs = folder.resolve("pairs.jsonl");
    Files.writeString(
        pairs,
        "{\"clean\": \"abcd..ab\", \"answer\": \"c\", \"wrong\": \"d\"}\n"
            + "{\"clean\": \"abdc..ab\", \"corrupted\": \"abcd..ab\", \"answer\": \"d\","
            + " \"wrong\": \"c\"}\n");
    var cut = many("--pairs=" + pairs, "--from=-1", "--to=3").json();
    assertThat(cut.get("metric").asText()).isEqualTo("logit-diff");
    assertThat(cut.at("/change/1/1").asDouble()).isLessThan(-3);
    Files.writeString(texts, "abcd..ab\nabcd.ab\n");
    assertThat(many("--data=" + texts, "--from=8", "--to=3").failed(1).err())
        .contains(texts + ", line 2: the text has 8 tokens");
    assertThat(many("--data=" + texts, "--from=9", "--to=3").failed(1).err())
        .contains(texts + ", line 1: the text has 9 tokens");
    assertThat(many("--data=" + texts, "--from=-1", "--to=3").failed(1).err())
        .contains(texts + ", line 1 has 9 tokens and " + texts + ", line 2 has 8");
    Files.writeString(pairs, "{\"clean\": \"ab\", \"answer\": \"c\"}\n{\"clean\": \"ab\"}\n");
    assertThat(many("--pairs=" + pairs, "--from=-1", "--to=0").failed(1).err())
        .contains("some have none");
    Files.writeString(
        pairs,
        "{\"clean\": \"ab\", \"answer\": \"c\"}\n"
            + "{\"clean\": \"ab\", \"answer\": \"c\", \"wrong\": \"d\"}\n");
    assertThat(many("--pairs=" + pairs, "--from=-1", "--to=0").failed(1).err())
        .contains("some pairs have a wrong token and some have none");
    assertThat(many("--pairs=" + pairs, "--from=-1", "--to=0", "--answer=c").failed(2).err())
        .contains("--pairs holds the answers");
    assertThat(many("--pairs=" + pairs, "--text=ab", "--from=-1", "--to=0").failed(2).err())
        .contains("one of --text");
  }

  @Test
  void mistakesAreSaid() {
    assertThat(knockout("--from=3", "--to=1", "--answer=c", "--answer-token=99").failed(2).err())
        .contains("say the same");
    assertThat(knockout("--from=1").failed(2).err()).contains("--from and --to");
    assertThat(knockout("--from=a", "--to=1").failed(2).err()).contains("3,5-8");
    assertThat(knockout("--from=8-3", "--to=1").failed(2).err()).contains("3,5-8");
    assertThat(knockout("--from=3", "--to=1", "--wrong", "d").failed(2).err()).contains("--answer");
    assertThat(knockout("--from=9", "--to=1").failed(1).err()).contains("positions are 0 to 8");
    assertThat(knockout("--from=0-9999999", "--to=0-9999999").failed(1).err())
        .contains("positions are 0 to 8, or -9 to -1; got 0-9999999\n");
    assertThat(
            Called.with("knockout", "--model=by-hand", "--text=", "--from=-1", "--to=2")
                .failed(1)
                .err())
        .contains("1 token, so the only position is 0; got 2\n");
    assertThat(knockout("--from=1", "--to=4").failed(1).err()).contains("come later");
    assertThat(knockout("--from=2", "--to=0-2").failed(1).err()).contains("nothing left");
  }
}
