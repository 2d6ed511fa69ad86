package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttentionRolloutTest {
  private static final List<Token> TOKENS =
      List.of(new Token(1, "a"), new Token(2, "b"), new Token(3, "c"));

  /** Each query reads the token before it. */
  private static AttentionPattern previous(int layer) {
    return new AttentionPattern(layer, TOKENS, new float[][][] {{{1, 0, 0}, {1, 0, 0}, {0, 1, 0}}});
  }

  /**
   * Half of a row stays and half comes from the token before: after two layers c holds a quarter of
   * itself, two quarters of b, and a quarter of a, by (1/2 + 1/2 s)^2 for the shift s.
   */
  @Test
  void twoLayersThatReadTheTokenBeforeReachTwoTokensBack() {
    var rollout = AttentionRollout.of(List.of(previous(0), previous(1)));
    assertThat(rollout.row(2)).containsExactly(0.25f, 0.5f, 0.25f);
    assertThat(rollout.row(0)).containsExactly(1, 0, 0);
  }

  @Test
  void headsCountByTheirMean() {
    var weights =
        new float[][][] {{{1, 0, 0}, {1, 0, 0}, {1, 0, 0}}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    var rollout = AttentionRollout.of(List.of(new AttentionPattern(0, TOKENS, weights)));
    assertThat(rollout.row(2)).containsExactly(0.25f, 0, 0.75f);
  }

  @Test
  void aMissingLayerIsRefused() {
    assertThatThrownBy(() -> AttentionRollout.of(List.of(previous(1))))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("pattern 0 is of layer 1");
    assertThatThrownBy(() -> AttentionRollout.of(List.of()))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("got none");
  }
}
