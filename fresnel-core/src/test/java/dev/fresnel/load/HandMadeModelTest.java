package dev.fresnel.load;

import static dev.fresnel.hook.HookKind.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.DType;
import dev.fresnel.text.Bos;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class HandMadeModelTest {
  private static final String REPEATED =
      "The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog.";

  private static Transformer model;

  /** The key that a rule names for a query; -1 where it names none. */
  private interface Rule {
    int key(int[] ids, int query);
  }

  private enum Head {
    PREVIOUS(0, 0, (ids, query) -> query - 1),
    CURRENT(0, 1, (ids, query) -> query),
    FIRST(0, 2, (ids, query) -> 0),
    DUPLICATE(1, 0, HandMadeModelTest::lastEarlier),
    INDUCTION(1, 1, (ids, query) -> lastEarlier(ids, query) < 0 ? -1 : lastEarlier(ids, query) + 1);

    private final int layer;
    private final int head;
    private final Rule rule;

    Head(int layer, int head, Rule rule) {
      this.layer = layer;
      this.head = head;
      this.rule = rule;
    }
  }

  private static int lastEarlier(int[] ids, int query) {
    int key = query - 1;
    while (key >= 0 && ids[key] != ids[query]) {
      key--;
    }
    return key;
  }

  @BeforeAll
  static void load() {
    model = Fresnel.load("by-hand");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  static Stream<Tokens> texts() {
    var random = new Random(7);
    var aFewLetters = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      aFewLetters.append((char) ('a' + random.nextInt(4)));
    }
    return Stream.of(Bos.PREPEND, Bos.NONE)
        .flatMap(
            bos ->
                Stream.of(
                    model.tokens(REPEATED, bos),
                    model.tokens(aFewLetters.toString(), bos),
                    model.tokens("aaaaaaaa", bos),
                    model.tokens("abcabd früh 🙂 früh 🙂", bos),
                    model.tokens("x", bos),
                    Tokens.of(IntStream.range(0, 512).map(i -> (i * 37) % 256).toArray()),
                    Tokens.of(IntStream.range(0, 512).map(i -> i % 256).toArray())));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void everyHeadDoesWhatItIsNamedForExactly(Tokens tokens) {
    try (var run = model.run(tokens, RunPlan.capture(PATTERN))) {
      int[] ids = tokens.ids(0);
      for (Head head : Head.values()) {
        float[] pattern =
            pattern(run.cache().get(PATTERN, head.layer).floats(), head.head, ids.length);
        for (int query = 0; query < ids.length; query++) {
          int key = head.rule.key(ids, query);
          if (key >= 0) {
            assertThat(pattern[query * ids.length + key]).as(head + " at " + query).isEqualTo(1f);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Head.class)
  void noOtherHeadLooksLikeIt(Head wanted) {
    var tokens = model.tokens(REPEATED);
    try (var run = model.run(tokens, RunPlan.capture(PATTERN))) {
      for (int layer = 0; layer < 2; layer++) {
        for (int head = 0; head < 3; head++) {
          if (layer != wanted.layer || head != wanted.head) {
            float[] all = run.cache().get(PATTERN, layer).floats();
            double score = score(wanted.rule, tokens.ids(0), pattern(all, head, tokens.length()));
            assertThat(score).as("L" + layer + "H" + head + " as " + wanted).isLessThan(0.9);
          }
        }
      }
    }
  }

  @Test
  void theLastHeadAttendsToAllAlike() {
    var tokens = model.tokens("abcdefg");
    try (var run = model.run(tokens, RunPlan.capture(PATTERN))) {
      float[] pattern = pattern(run.cache().get(PATTERN, 1).floats(), 2, 8);
      assertThat(Arrays.copyOfRange(pattern, 56, 64)).containsOnly(0.125f);
    }
  }

  @Test
  void atRestTheInductionHeadLooksAtTheBosAndNothingIsPredicted() {
    var tokens = model.tokens("abcd");
    try (var run = model.run(tokens, RunPlan.capture(PATTERN))) {
      float[] pattern = pattern(run.cache().get(PATTERN, 1).floats(), 1, 5);
      assertThat(Arrays.copyOfRange(pattern, 20, 25)).containsExactly(1, 0, 0, 0, 0);
      assertThat(run.logits().floats()).containsOnly(0f);
    }
  }

  @Test
  void repeatedTextIsPredicted() {
    var tokens = model.tokens("abc, abc");
    try (var run = model.run(tokens)) {
      float[] logits = run.logits().floats();
      int last = 257 * (tokens.length() - 1);
      assertThat(logits[last + ',']).isEqualTo(12f);
      assertThat(logits[last + 'a']).isZero();
    }
  }

  @Test
  void itIsExactInFloat64TooAndRefusesHalfPrecision() {
    try (var wide = Fresnel.load("by-hand", LoadOptions.DEFAULT.as(DType.FLOAT64))) {
      assertThat(wide.weight("embed.W_E").dtype()).isEqualTo(DType.FLOAT64);
    }
    assertThatThrownBy(() -> Fresnel.load("by-hand", LoadOptions.DEFAULT.as(DType.FLOAT16)))
        .hasMessageContaining("float32")
        .hasMessageContaining("float16");
  }

  private static float[] pattern(float[] heads, int head, int length) {
    return Arrays.copyOfRange(heads, head * length * length, (head + 1) * length * length);
  }

  private static double score(Rule rule, int[] ids, float[] pattern) {
    return IntStream.range(0, ids.length)
        .filter(query -> rule.key(ids, query) >= 0)
        .mapToDouble(query -> pattern[query * ids.length + rule.key(ids, query)])
        .average()
        .orElse(0);
  }
}
