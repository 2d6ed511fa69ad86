package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RepeatedTokensTest {
  @Test
  void eachStretchComesTwiceBehindTheFirst() {
    var twice = RepeatedTokens.of(9, List.of(new int[] {1, 2, 3}, new int[] {4, 5, 6}));
    assertThat(twice.tokens().ids(0)).containsExactly(9, 1, 2, 3, 1, 2, 3);
    assertThat(twice.tokens().ids(1)).containsExactly(9, 4, 5, 6, 4, 5, 6);
    assertThat(twice.withoutFirst().tokens().ids(1)).containsExactly(4, 5, 6, 4, 5, 6);
    assertThat(twice.withoutFirst().withoutFirst()).isEqualTo(twice.withoutFirst());
  }

  @Test
  void randomTokensAreTheSameForTheSameSeedAndNeverTheBos() {
    var one = RepeatedTokens.random(20, 10, 5, OptionalInt.of(2), 1);
    assertThat(one).isEqualTo(RepeatedTokens.random(20, 10, 5, OptionalInt.of(2), 1));
    assertThat(one).isNotEqualTo(RepeatedTokens.random(20, 10, 5, OptionalInt.of(2), 3));
    for (int row = 0; row < 20; row++) {
      int[] ids = one.tokens().ids(row);
      assertThat(ids[0]).isEqualTo(2);
      int[] half = Arrays.copyOfRange(ids, 1, 11);
      assertThat(half).doesNotContain(2).isEqualTo(Arrays.copyOfRange(ids, 11, 21));
      assertThat(Arrays.stream(half)).allMatch(id -> id >= 0 && id < 5);
    }
  }

  @Test
  void lossesOfTheHalvesAreThoseOfTheirTokens() {
    var model = ToyModels.gpt2Like(1);
    var stretch = new int[] {4, 9, 1, 30};
    var twice = RepeatedTokens.of(36, List.of(stretch));
    try (var run = model.run(twice.tokens());
        var bare = model.run(twice.withoutFirst().tokens())) {
      float[] each = run.lossPerToken()[0];
      var halves = twice.losses(run);
      assertThat(halves.firstHalf())
          .isCloseTo((each[0] + each[1] + each[2] + each[3]) / 4, within(1e-5));
      assertThat(halves.secondHalf())
          .as("without its first token")
          .isCloseTo((each[5] + each[6] + each[7]) / 3, within(1e-5));
      float[] own = bare.lossPerToken()[0];
      var ownHalves = twice.withoutFirst().losses(bare);
      assertThat(ownHalves.firstHalf()).isCloseTo((own[0] + own[1] + own[2]) / 3, within(1e-5));
      assertThat(ownHalves.secondHalf()).isCloseTo((own[4] + own[5] + own[6]) / 3, within(1e-5));
    }
  }

  @Test
  void rowsOfAnotherLengthAreRefused() {
    assertThatThrownBy(() -> new RepeatedTokens(Tokens.of(1, 2, 1, 2), 3))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("makes rows of 6 or 7 tokens; they have 4");
  }

  /** A slip of the keyboard must not fill the memory with random tokens. */
  @Test
  void moreTextsThanAnyoneReadsAreRefused() {
    assertThatThrownBy(() -> RepeatedTokens.random(100_000_000, 5, 50, OptionalInt.of(0), 1))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("have more than 16777216 tokens; make fewer texts");
  }
}
