package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchCommandTest {
  @TempDir Path folder;

  /** The model written by hand continues "ab" with the c of an earlier "abc". */
  private static final List<String> PAIR =
      List.of("--clean", "abcd..ab", "--corrupted", "abcd..xy", "--answer", "c", "--wrong", "d");

  private static Called patch(List<String> options, String... more) {
    return run("patch", options, more);
  }

  private static Called run(String command, List<String> options, String... more) {
    var all = new ArrayList<>(List.of(command, "--model", "by-hand"));
    all.addAll(options);
    all.addAll(List.of(more));
    return Called.with(all.toArray(String[]::new));
  }

  @Test
  void theLastPositionOfTheResidualStreamRestoresTheAnswer() {
    var json = patch(PAIR, "--json").json();
    assertThat(json.get("what").asText()).isEqualTo("resid_pre");
    assertThat(json.get("by").asText()).isEqualTo("position");
    assertThat(json.get("values")).hasSize(2);
    assertThat(json.get("values").get(0)).hasSize(9);
    assertThat(json.at("/normalised/0/8").asDouble()).isCloseTo(1, within(1e-3));
    assertThat(json.at("/normalised/0/3").asDouble()).isZero();
    assertThat(json.at("/values/0/3").asDouble()).isEqualTo(json.get("corrupted").asDouble());
    assertThat(json.get("tokens")).hasSize(9);
    assertThat(json.has("interval")).isFalse();
  }

  @Test
  void anEmptyTextOfAPairIsSaid() {
    var called =
        patch(List.of("--clean=", "--corrupted-tokens=97"), "--answer=c", "--wrong=d").succeeded();
    assertThat(called.err()).contains("A text is empty: reading the BOS token alone.");
  }

  /** A page is not written into a file that says it is something else, nor two files into one. */
  @ParameterizedTest
  @CsvSource({
    "map.pdf,map.csv,'ends in .html, .svg, .png or .txt, got '",
    "map.csv,cells.csv,--csv FILE writes a line per cell",
    "map.txt,./map.txt,'two of --output, --csv and --save name one file'"
  })
  void aFileOfAnotherKindOrForTwoResultsIsRefused(String page, String csv, String message) {
    var called = patch(PAIR, "--output", page, "--csv", csv).failed(2);
    assertThat(called.err()).contains(message);
    assertThat(Path.of(page)).doesNotExist();
  }

  /** A value of another kind is no other value: "c" is not token 0. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"clean\": \"ab\", \"corrupted\": \"xy\", \"answer_token\": \"c\"}|answer_token must be a"
            + " token id",
        "{\"clean\": 3, \"corrupted\": \"xy\"}|clean must be a text, is 3",
        "{\"clean_tokens\": [1, 2.5], \"corrupted_tokens\": [1, 2]}|clean_tokens must be an array"
            + " of token ids",
        "{\"clean_tokens\": {\"a\": 1}, \"corrupted_tokens\": [1]}|clean_tokens must be an array"
            + " of token ids",
        "{\"clean\": \"ab\", \"clean_tokens\": [1, 2], \"corrupted\": \"xy\"}|has both clean and"
            + " clean_tokens",
        "{\"clean\": \"ab\", \"corrupted\": \"xy\"}|has no answer; add answer or answer_token, or"
            + " take --metric kl",
        "{\"clean\": \"ab\", \"corrupted\": \"xy\", \"answer\": \"c\"}|has no wrong token, which",
        "{\"clean\": \"ab\", \"corrupted\": \"xy\", \"answer\": \"cd\", \"wrong\": \"d\"}|line 1:"
            + " answer: \"cd\" is 2 tokens",
        "[1]|is no JSON object",
        "{\"clean\"|, line 1 is no JSON object at column 9: expected more"
      })
  void aPairOfAnotherKindIsRefusedByItsLineAndField(String line, String message)
      throws IOException {
    Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), line + "\n");
    assertThat(patch(List.of("--pairs", pairs.toString())).failed(1).err())
        .contains(pairs + ", line 1")
        .contains(message);
  }

  /** Whoever wrote the file finds the line, and nothing is computed before all lines are known. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"clean\": \"ab\", \"corrupted\": \"ab\", \"answer\": \"c\", \"wrong\": \"d\"}|line 3:"
            + " the clean and the corrupted text have the same tokens, so no patch changes"
            + " anything",
        "{\"clean\": \"abc\", \"corrupted\": \"xyz\", \"answer\": \"c\", \"wrong\": \"d\"}|line 1"
            + " has 3, and ",
        "{\"clean\": \"ab\", \"corrupted\": \"xy\", \"answer_token\": 9999, \"wrong\": \"d\"}|line"
            + " 3: token 9999 cannot be predicted",
        "{\"clean_tokens\": [1, 9999], \"corrupted\": \"x\", \"answer\": \"c\", \"wrong\":"
            + " \"d\"}|line 3: token 9999 at position 1 is outside the vocabulary"
      })
  void aPairThatCannotBePatchedIsNamedByItsLine(String line, String message) throws IOException {
    String right =
        "{\"clean\": \"ab\", \"corrupted\": \"xy\", \"answer\": \"c\", \"wrong\": \"d\"}\n\n";
    Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), right + line + "\n");
    assertThat(patch(List.of("--pairs", pairs.toString())).failed(1).err())
        .contains(pairs + ", line 3")
        .contains(message);
  }

  /** A reader sees the words above the columns, without counting tokens. */
  @Test
  void theTableNamesTheTokenOfEachPosition() {
    assertThat(patch(PAIR).succeeded().out())
        .contains("1 \"a\"  2 \"b\"  3 \"c\"")
        .contains("L0 position 8 \"b\"");
    assertThat(patch(PAIR, "--what=head_out", "--by=head").succeeded().out())
        .doesNotContain("1 \"a\"");
  }

  /** Cells that leave the clean run as it is have no effect, so they are not the strongest. */
  @Test
  void patchingTheCleanRunShowsWhatIsLost() {
    String out = patch(PAIR, "--direction=corrupted-into-clean").succeeded().out();
    assertThat(out)
        .contains("0 as the clean run, -1 as the corrupted run")
        .containsPattern("strongest\n +L0 position 8 \"b\" +-1\\.000\n");
    var json = patch(PAIR, "--direction=corrupted-into-clean", "--json").json();
    assertThat(json.at("/normalised/0/8").asDouble()).isCloseTo(0, within(1e-3));
    assertThat(json.at("/normalised/0/3").asDouble()).isOne();
  }

  /** The model made by hand has one head for the task; what the texts share changes nothing. */
  @Test
  void cellsWithoutAnEffectAreNotAmongTheStrongest() {
    assertThat(patch(PAIR, "--what=head_out", "--by=head").succeeded().out())
        .containsPattern("strongest\n +L1H1 +1\\.000\nno other cell changes the metric\n$");
    assertThat(run("path-patch", PAIR, "--receiver=L1H1", "--input=k").out())
        .endsWith("\nno cell changes the metric\n")
        .doesNotContain("strongest");
    assertThat(run("attribution-patch", PAIR, "--what=edges").out())
        .containsPattern(
            "strongest\n +L1H1 -> logits +1\\.000\nno other edge changes the metric\n$");
    var text = List.of("--text=abcd..ab");
    assertThat(run("ablate", text).out()).endsWith("\nno other cell changes the metric\n");
    assertThat(run("knockout", text, "--from=8", "--to=1").out())
        .endsWith("\nno cell changes the metric\n");
  }

  @Test
  void theStrongestCellsOfManyPairsHaveIntervals() throws IOException {
    Path pairs =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"clean": "abcd..ab", "corrupted": "abcd..xy", "answer": "c", "wrong": "d"}
            {"clean": "efgh..ef", "corrupted": "efgh..xy", "answer": "g", "wrong": "h"}
            """);
    assertThat(patch(List.of("--pairs", pairs.toString())).succeeded().out())
        .contains("strongest, with the interval of the mean")
        .containsPattern("L0 position 8 +1\\.000  \\[1\\.000, 1\\.000]");
  }

  @Test
  void whatIsNotReadIsRefused() {
    Called.with("path-patch", "--receiver=L1H1", "--memory=10").failed(2);
    for (String command :
        List.of("patch", "path-patch", "attribution-patch", "ablate", "knockout")) {
      assertThat(Called.with(command, "--saved=a.json", "--processing=raw").failed(2).err())
          .contains("which --processing does not change; leave it out");
    }
    assertThat(Called.with("patch", "--saved=a.json", "--what=mlp_out").failed(2).err())
        .contains("which --what does not change");
    assertThat(Called.with("patch", "--saved=a.json", "--clean=ab").failed(2).err())
        .contains("which --clean does not change");
  }

  @Test
  void theInductionHeadAloneRestoresTheAnswer() {
    var json = patch(PAIR, "--what", "head_out", "--by", "head", "--json").json();
    assertThat(json.get("values").get(1)).hasSize(3);
    assertThat(json.at("/normalised/1/1").asDouble()).isGreaterThan(0.9);
    assertThat(json.at("/normalised/1/0").asDouble()).isLessThan(0.1);
    var byPosition = patch(PAIR, "--what", "head_q", "--metric", "kl", "--json");
    assertThat(byPosition.code()).isEqualTo(2); // --wrong is for logit-diff
  }

  /** An answer may stay in the command when its metric is exchanged. */
  @Test
  void theDivergenceNeedsNoAnswerAndTakesOne() {
    var texts = List.of("--clean=abcd..ab", "--corrupted=abcd..xy", "--metric=kl");
    var alone = patch(texts, "--json").json();
    assertThat(alone.get("clean").asDouble()).isZero();
    assertThat(alone.toString()).doesNotContain("-0.0,").doesNotContain("-0.0]");
    var answered = patch(texts, "--answer=c");
    assertThat(answered.succeeded().err()).contains("--answer changes nothing here");
    assertThat(answered.out()).isEqualTo(patch(texts).out()).doesNotContain("-0.000");
  }

  @Test
  void headsByPositionAreLayerPositionHead() {
    var json = patch(PAIR, "--what", "head_pattern", "--json").json();
    assertThat(json.get("values")).hasSize(2);
    assertThat(json.get("values").get(0)).hasSize(9);
    assertThat(json.get("values").get(0).get(0)).hasSize(3);
    assertThat(patch(PAIR, "--what", "head_pattern").succeeded().out())
        .contains("L1H1 position 8 \"b\"");
  }

  @Test
  void manyPairsGiveIntervals() throws IOException {
    var file = folder.resolve("pairs.jsonl");
    Files.writeString(
        file,
        """
        {"clean": "abcd..ab", "corrupted": "abcd..xy", "answer": "c", "wrong": "d"}

        {"clean": "uvw.uv", "corrupted": "uvw.xy", "answer_token": 119, "wrong": "u"}
        """);
    var options = List.of("--pairs", file.toString(), "--what", "head_out", "--by", "head");
    var json = patch(options, "--json").json();
    assertThat(json.get("texts").asInt()).isEqualTo(2);
    assertThat(json.at("/interval/low/1/1").asDouble())
        .isLessThanOrEqualTo(json.at("/values/1/1").asDouble());
    assertThat(json.at("/standard_error/1")).hasSize(3);
    Files.writeString(
        file, "{\"clean\": \"ab\", \"corrupted\": \"abc\", \"answer\": \"c\", \"wrong\": \"d\"}\n");
    assertThat(patch(options).failed(1).err()).contains("line 1").contains("clean has 3");
    Files.writeString(file, "{\"cleam\": \"ab\"}\n");
    assertThat(patch(options).failed(1).err()).contains("'cleam'");
  }

  @Test
  void resultsAreWrittenAndOpenedAgain() throws IOException {
    String page = folder.resolve("patch.html").toString();
    String csv = folder.resolve("patch.csv").toString();
    String save = folder.resolve("patch.json").toString();
    var called = patch(PAIR, "--output", page, "--csv", csv, "--save", save).succeeded();
    assertThat(called.out()).contains("resid_pre by position").contains("L0 position 8 \"b\"");
    assertThat(called.err()).contains("MB beside the model");
    assertThat(Files.readString(Path.of(page)))
        .contains("fresnel-heatmap", "normalised logit-diff");
    assertThat(Files.readAllLines(Path.of(csv))).hasSize(1 + 2 * 9);
    assertThat(patch(List.of("--saved", save)).succeeded().out()).isEqualTo(called.out());
    assertThat(patch(PAIR, "--saved", save).failed(2).err()).contains("--saved");
  }

  @Test
  void aSavedSweepGoesOnAndAnotherTextIsRefused() throws IOException {
    Path save = folder.resolve("patch.json");
    var begun = patch(PAIR, "--save", save.toString(), "--resume").succeeded();
    String whole = Files.readString(save);
    var json = new ObjectMapper().readTree(whole);
    var values = (ArrayNode) json.at("/by_text/0/values/1");
    values.setNull(8);
    ((ArrayNode) json.at("/values/1")).setNull(8);
    Files.writeString(save, json.toString());
    assertThat(Called.with("patch", "--saved", save.toString()).succeeded().out())
        .containsPattern("\nL1 .* -\n")
        .contains("stopped: 17 of 18 cells were computed")
        .doesNotContain("NaN");
    var again = patch(PAIR, "--save", save.toString(), "--resume").succeeded();
    assertThat(again.out()).isEqualTo(begun.out());
    assertThat(new ObjectMapper().readTree(save.toFile()).at("/by_text/0/values/1/8").isNumber())
        .isTrue();
    var other = new ArrayList<>(PAIR);
    other.set(1, "abcd..ax");
    assertThat(patch(other, "--save", save.toString(), "--resume").failed(1).err())
        .contains("text 0, counted from 0, has the text \"<|bos|>abcd..ab\"");
    assertThat(patch(PAIR, "--resume").failed(2).err()).contains("--save FILE");
    assertThat(Called.with("ablate", "--save", save.toString(), "--resume").failed(1).err())
        .contains("holds the results of 'patch'");
  }

  @Test
  void mistakesOfTheCommandLineAreSaid() {
    assertThat(patch(PAIR, "--by", "head").failed(2).err()).contains("resid_pre has none");
    assertThat(patch(PAIR, "--what", "heads").failed(2).err()).contains("head_out or head_q");
    assertThat(patch(List.of("--clean", "ab")).failed(2).err()).contains("--corrupted is missing");
    assertThat(patch(PAIR, "--metric", "log-prob").failed(2).err()).contains("--wrong");
    assertThat(
            patch(List.of("--clean=ab", "--corrupted=xy", "--answer=c", "--wrong=c"))
                .failed(1)
                .err())
        .contains("the answer and the wrong token are the same");
    assertThat(patch(PAIR, "--clean-tokens", "1").failed(2).err()).contains("say the same");
    assertThat(patch(PAIR, "--pairs", "x.jsonl").failed(2).err()).contains("--pairs");
  }

  @Test
  void textsAndAnswersOfTheWrongLengthShowTheirTokens() {
    assertThat(
            patch(List.of("--clean", "ab", "--corrupted", "abc", "--answer", "c", "--wrong", "d"))
                .failed(1)
                .err())
        .contains("clean has 3, corrupted 4")
        .contains("\"a\" (97), \"b\" (98), \"c\" (99)");
    assertThat(
            patch(List.of("--clean", "ab", "--corrupted", "xy", "--answer", "cd", "--wrong", "d"))
                .failed(1)
                .err())
        .contains("--answer: \"cd\" is 2 tokens");
  }

  @Test
  void aModelWithoutATokenizerTakesIds() {
    var called =
        Called.with(
            "patch",
            "--model",
            Called.golden("gpt2"),
            "--clean-tokens",
            "1,2,3",
            "--corrupted-tokens",
            "1,5,3",
            "--answer-token",
            "4",
            "--metric",
            "log-prob",
            "--what",
            "mlp_out",
            "--json");
    assertThat(called.json().get("values")).hasSize(3);
  }
}
