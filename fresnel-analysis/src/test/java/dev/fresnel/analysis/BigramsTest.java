package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BigramsTest {
  @Test
  void theLossIsTheMeanSurpriseOfSmoothedCounts() {
    // 0 is followed by 1 twice, by 2 once; 1 by 0 twice; 2 by nothing.
    var bigrams = new Bigrams(new int[] {0, 1, 0, 1, 0, 2}, 3);
    double one = -Math.log((2 + 0.5) / (3 + 1.5));
    double two = -Math.log((1 + 0.5) / (3 + 1.5));
    double never = -Math.log(0.5 / 1.5);
    assertThat(bigrams.loss(new int[] {0, 1}, 0.5)).isCloseTo(one, within(1e-12));
    assertThat(bigrams.loss(new int[] {0, 2, 2}, 0.5)).isCloseTo((two + never) / 2, within(1e-12));
  }
}
