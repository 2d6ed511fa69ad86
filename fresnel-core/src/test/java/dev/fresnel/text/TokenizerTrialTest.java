package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.TrialProcess.Ending;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The second wall: what the checks would not see ends a process of its own. */
@Tag("long")
class TokenizerTrialTest {
  private static final String SPLIT =
      "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"%s\"},\"behavior\":\"Isolated\",\"invert\":false}}";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "no-bos", "smollm", "llama"})
  void theTokenizersOfTheGoldenFilesHaveKnownShapes(String kind) {
    String json = new String(Golden.bytes(kind, "tokenizer.json"), StandardCharsets.UTF_8);
    assertThat(TokenizerJson.read(json).known()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Gemma
        "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"▁\"},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"MergedWithPrevious\",\"invert\":false},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}",
        // BERT
        "{\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"a\",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,\"vocab\":{\"a\":0}}}",
        // T5 without its Precompiled normalizer
        "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"},{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"add_prefix_space\":true}]},\"decoder\":{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"add_prefix_space\":true},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",0]]}}"
      })
  void otherPublishedTokenizersHaveKnownShapes(String json) {
    assertThat(TokenizerJson.read(json).known()).isTrue();
  }

  @Test
  void theBundledAndTheGgufTokenizersHaveKnownShapes() {
    assertThat(TokenizerJson.read(ByteLevel.json()).known()).isTrue();
    assertThat(TokenizerJson.read(SPLIT.formatted("\\\\s+")).known()).isTrue();
    assertThat(TokenizerJson.read(SPLIT.formatted("a?b+")).known()).isFalse();
  }

  @Test
  void whatDidNoHarmIsKeptAndNeedsNoProcessAgain() throws IOException {
    String json = SPLIT.formatted("a?b+");
    var verdicts = Verdicts.of(folder, "1", json);
    try (var trial = new TokenizerTrial(json, 3, verdicts);
        var tokenizer = new NativeTokenizer(json, trial)) {
      assertThat(tokenizer.encode("abab", false)).containsExactly(2, 2);
      assertThat(tokenizer.decode(2, 0)).isEqualTo("ab a");
    }
    assertThat(Files.readAllLines(verdicts.file())).contains("1", Verdicts.hash("Tabab"));
    var again = Verdicts.of(folder, "1", json);
    assertThat(again.isHarmless(Verdicts.hash("Tabab"))).isTrue();
    assertThat(Verdicts.of(folder, "2", json).isHarmless(Verdicts.hash("Tabab"))).isFalse();
    assertThat(Verdicts.of(folder, "1", json + " ").isHarmless(Verdicts.hash("Tabab"))).isFalse();
  }

  @Test
  void aTokenizerThatEndsItsProcessIsRefusedNowAndLater() {
    // The checks refuse this; the trial shows what they would not see.
    String json = SPLIT.formatted(".?".repeat(30) + "[^\\\\s\\\\S]");
    for (int round = 0; round < 2; round++) {
      try (var trial = new TokenizerTrial(json, 3, Verdicts.of(folder, "1", json))) {
        assertThatThrownBy(() -> new NativeTokenizer(json, trial))
            .isInstanceOf(FresnelException.class)
            .hasMessageContaining("tried in a process of its own")
            .hasMessageContaining("ended the process");
      }
    }
  }

  @Test
  void aTextThatEndsTheProcessIsNotReadHere() throws IOException {
    String json =
        SPLIT.formatted("z.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?.?[^\\\\s\\\\S]");
    try (var process = TrialProcess.start()) {
      assertThat(process.open(json, 3)).isEqualTo(Ending.HARMLESS);
      assertThat(process.text("ab")).isEqualTo(Ending.HARMLESS);
      assertThat(process.ids(new int[] {0, 1, 2})).isEqualTo(Ending.HARMLESS);
      assertThat(process.text("z" + "a".repeat(100))).isEqualTo(Ending.FAULT);
    }
  }

  @Test
  void aTokenizerThatTakesTooLongIsEnded() throws IOException {
    // A thousand characters take some ten seconds on a fast machine, and one place of theirs less
    // than the steps after which the library gives up.
    String pattern = String.join("|", Collections.nCopies(10, ".*.*[^\\\\s\\\\S]"));
    try (var process = TrialProcess.start()) {
      assertThat(process.open(SPLIT.formatted(pattern), 3)).isEqualTo(Ending.TOO_LONG);
    }
  }

  /** A Java home without a Java stands for a system that lets no process start. */
  @Test
  void whereNoProcessCanBeStartedAFileIsReadOnlyIfItIsTrusted() {
    String json = SPLIT.formatted("a?b+").replace("{\"a\":0,", "{\"a\":0,\"%s\":3,");
    String fresh = json.replace("%s", UUID.randomUUID().toString()); // no verdict on it is kept
    byte[] bytes = fresh.getBytes(StandardCharsets.UTF_8);
    String home = System.getProperty("java.home");
    System.setProperty("java.home", folder.toString());
    try (var tried = Tokenizer.fromJson(fresh, SpecialTokens.NONE);
        var trusted = Tokenizer.fromJson(bytes, SpecialTokens.NONE, TokenizerTrust.TRUSTED)) {
      assertThatThrownBy(() -> tried.encode("abab"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("no process can be started")
          .hasMessageContaining("--trust-tokenizer");
      assertThat(trusted.encode("abab")).containsExactly(2, 2);
    } finally {
      System.setProperty("java.home", home);
    }
  }

  @Test
  void theProbesHaveAllLengthsOfCharacters() {
    assertThat(TrialMain.PROBES)
        .anyMatch(text -> text.codePoints().anyMatch(c -> c > 0xFFFF))
        .contains("");
    assertThat(List.copyOf(TrialMain.PROBES)).doesNotHaveDuplicates();
  }
}
