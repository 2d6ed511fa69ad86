package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import org.junit.jupiter.api.Test;

class BiasTest {
  private static float[] masked(long queries, long keys, long start, long window) {
    return Tensor.wrap(Bias.mask(queries, keys, start, window), new Dim("query"), new Dim("key"))
        .floats();
  }

  @Test
  void aQuerySeesItselfAndEarlierKeysInItsWindow() {
    float no = Float.NEGATIVE_INFINITY;
    assertThat(masked(2, 2, 0, 2)).containsExactly(0, no, 0, 0);
    assertThat(masked(2, 3, 1, 3)).containsExactly(0, 0, no, 0, 0, 0);
    assertThat(masked(2, 3, 1, 2)).containsExactly(0, 0, no, no, 0, 0);
    assertThat(masked(2, 2, 0, 1)).containsExactly(0, no, no, 0);
  }

  @Test
  void aBiasHasFourAxes() {
    try (var scope = Scope.open()) {
      var mask = Bias.mask(5, 5, 0, 5);
      assertThatThrownBy(() -> new Bias(mask, true, false))
          .hasMessageContaining("[batch, head, query, key]");
    }
  }
}
