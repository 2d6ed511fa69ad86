package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
  private static List<Integer> ints(JsonNode array) {
    var ids = new ArrayList<Integer>();
    array.forEach(id -> ids.add(id.asInt()));
    return ids;
  }

  @Test
  void aRepeatedTextGoesOnAsBefore() {
    var json =
        Called.with(
                "generate",
                "--model=by-hand",
                "--text=abcdab",
                "--max-new-tokens=4",
                "--greedy",
                "--json")
            .json();
    assertThat(json.get("prompt").asText()).isEqualTo("abcdab");
    assertThat(json.get("text").asText()).isEqualTo("cdab");
    assertThat(ints(json.get("tokens"))).containsExactly(99, 100, 97, 98);
    assertThat(json.get("end").asText()).isEqualTo("length");
    assertThat(json.get("tokens_per_second").asDouble()).isPositive();
  }

  @Test
  void promptAndContinuationAreOneText() {
    var called =
        Called.with(
            "generate", "--model=by-hand", "--text=abcdab", "--max-new-tokens=4", "--greedy");
    assertThat(called.succeeded().out()).isEqualTo("abcdabcdab\n");
  }

  @Test
  void thePromptIsWhatWasReadOfTheText() {
    String[] call = {
      "generate",
      "--model=by-hand",
      "--text=abcdabzz",
      "--first=7",
      "--max-new-tokens=4",
      "--greedy"
    };
    assertThat(Called.with(call).succeeded().out()).isEqualTo("abcdabcdab\n");
    var json =
        Called.with(Stream.concat(Stream.of(call), Stream.of("--json")).toArray(String[]::new))
            .json();
    assertThat(json.get("prompt").asText()).isEqualTo("abcdab");
    assertThat(json.get("text").asText()).isEqualTo("cdab");
    assertThat(json.get("first").asInt()).isEqualTo(7);
  }

  @Test
  void aStopStringEndsTheTextBeforeIt() {
    var json =
        Called.with(
                "generate", "--model=by-hand", "--text=abcdefab", "--stop=ef", "--greedy", "--json")
            .json();
    assertThat(json.get("text").asText()).isEqualTo("cd");
    assertThat(json.get("end").asText()).isEqualTo("stop_string");
  }

  /** 4 tokens are read, then 9 more until the context of 13 is full; one follows its last. */
  @Test
  void withoutATokenizerItWorksByIdsUntilTheContextIsFull() {
    JsonNode golden = Golden.json(Golden.root().resolve("generation/case.json")).at("/greedy/0");
    String[] args = {
      "generate",
      "--model=" + Called.golden("gpt2"),
      "--tokens=" + golden.get("prompt").toString().replaceAll("[^0-9,]", ""),
      "--greedy",
      "--json"
    };
    var called = Called.with(args);
    var json = called.json();
    assertThat(json.get("prompt").isNull()).isTrue();
    assertThat(json.get("text").isNull()).isTrue();
    assertThat(ints(json.get("prompt_tokens"))).isEqualTo(ints(golden.get("prompt")));
    assertThat(ints(json.get("tokens")))
        .hasSize(10)
        .startsWith(ints(golden.get("ids")).toArray(new Integer[0]));
    assertThat(json.get("end").asText()).isEqualTo("context");
    assertThat(called.err()).contains("context of 13 tokens is full: it ended after 10 of 32");
  }

  @Test
  void theSameSeedGivesTheSameTextAndAnotherOneAnother() {
    String text = "--text=When the tide went out";
    String first = Called.with("generate", text, "--seed=1", "--json").json().get("text").asText();
    assertThat(Called.with("generate", text, "--seed=1", "--json").json().get("text").asText())
        .isEqualTo(first);
    assertThat(Called.with("generate", text, "--seed=2", "--json").json().get("text").asText())
        .isNotEqualTo(first);
  }

  @Test
  void whatIsPrintedCannotSteerTheTerminal() {
    var called =
        Called.with(
            "generate", "--model=by-hand", "--text=a\u001b[2Jba", "--max-new-tokens=3", "--greedy");
    assertThat(called.succeeded().out()).doesNotContain("\u001b").contains("\\u001b");
  }

  @Test
  void manyPromptsAreContinuedAtOnceAsEachAlone(@TempDir Path folder) throws IOException {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "abcd..ab\n\nxyzx\n");
    String[] call = {"generate", "--model=by-hand", "--prompts=" + prompts, "--max-new-tokens=3"};
    var all = Arrays.copyOf(call, call.length + 2);
    all[call.length] = "--greedy";
    all[call.length + 1] = "--json";
    var json = Called.with(all).json();
    assertThat(json.get("texts")).hasSize(2);
    for (var each : json.get("texts")) {
      var alone =
          Called.with(
                  "generate",
                  "--model=by-hand",
                  "--text=" + each.get("prompt").asText(),
                  "--max-new-tokens=3",
                  "--greedy",
                  "--json")
              .json();
      assertThat(each.get("tokens")).isEqualTo(alone.get("tokens"));
      assertThat(each.get("text")).isEqualTo(alone.get("text"));
    }
    assertThat(Called.with(Arrays.copyOf(all, all.length - 1)).succeeded().out())
        .contains("abcd..abcd.", "xyzxyzx");
    assertThat(Called.with("generate", "--prompts=" + prompts, "--text=a").failed(2).err())
        .contains("--prompts holds the texts");
    Files.writeString(prompts, "\n");
    assertThat(Called.with("generate", "--prompts=" + prompts).failed(1).err())
        .contains("has no texts");
  }

  /** The figure's table has each token's own prediction in it. */
  @Test
  void theFigureIsTheWholeTextWithItsPredictions(@TempDir Path folder) throws IOException {
    for (String ending : List.of("html", "svg", "png", "csv")) {
      Path file = folder.resolve("text." + ending);
      String[] call = {"generate", "--model=by-hand", "--text=abcdab", "--max-new-tokens=4"};
      call = Arrays.copyOf(call, call.length + 2);
      call[call.length - 2] = "--greedy";
      call[call.length - 1] = "--output=" + file;
      assertThat(Called.with(call).succeeded().out()).isEqualTo("abcdabcdab\n");
      assertThat(file).isNotEmptyFile();
    }
    var table = Files.readAllLines(folder.resolve("text.csv"));
    assertThat(table.get(0)).startsWith("position,token,rank,next_id");
    // Of the six tokens of the prompt, then of four new ones; greedy: each new one ranks first.
    assertThat(table).anyMatch(line -> line.matches("6,b,1,99,c,.*,true"));
    assertThat(table).anyMatch(line -> line.startsWith("10,b,1,"));
    assertThat(Files.readString(folder.resolve("text.html")))
        .contains("Generated text, from token 7 on");
  }

  @Test
  void manyPromptsHaveAFigureEach(@TempDir Path folder) throws IOException {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "abcdab\n\nxyzx\n");
    for (String ending : List.of("html", "csv")) {
      Called.with(
              "generate",
              "--model=by-hand",
              "--prompts=" + prompts,
              "--max-new-tokens=4",
              "--greedy",
              "--output=" + folder.resolve("text." + ending))
          .succeeded();
    }
    assertThat(Files.readString(folder.resolve("text.html")))
        .contains("Text 0: Generated text, from token 7 on", "Text 1: Generated text, from");
    assertThat(Files.readAllLines(folder.resolve("text-1.csv")))
        .anyMatch(line -> line.startsWith("3,z,1,"));
    assertThat(folder.resolve("text.csv")).doesNotExist();
  }

  @Test
  void aPromptThatCannotBeReadIsNamedByItsLine(@TempDir Path folder) throws IOException {
    Path prompts = Files.writeString(folder.resolve("p.txt"), "ab\n\n" + "a".repeat(3000) + "\n");
    assertThat(Called.with("generate", "--model=by-hand", "--prompts=" + prompts).failed(1).err())
        .contains(prompts + ", line 3: the text has ");
  }

  @Test
  void theFigureOfAFullContextEndsWithIt(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("text.csv");
    String[] call = {
      "generate", "--model=" + Called.golden("gpt2"), "--tokens=1,2,3", "--output=" + file
    };
    Called.with(call).succeeded();
    var table = Files.readAllLines(file);
    assertThat(table.get(table.size() - 1)).startsWith("12,");
  }
}
