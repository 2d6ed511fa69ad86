package dev.fresnel.analysis.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private static final double ROUNDING = 1e-12;

  @Test
  void ranksAgreeWhereOneSideBendsTheOther() {
    var agreement = Agreement.of(new double[] {1, 2, 3, 4}, new double[] {1, 8, 27, 64});
    assertThat(agreement.rank()).isCloseTo(1, within(ROUNDING));
    // The sums by hand: products 104, squares 5 and 2390, around means 2.5 and 25.
    assertThat(agreement.pearson()).isCloseTo(104 / Math.sqrt(5 * 2390.0), within(1e-12));
  }

  @Test
  void equalNumbersShareTheirMeanRank() {
    var agreement = Agreement.of(new double[] {1, 1, 2}, new double[] {3, 4, 5});
    assertThat(agreement.rank()).isCloseTo(Math.sqrt(0.75), within(ROUNDING));
  }

  @Test
  void pairsWithoutANumberAreLeftOutAndAConstantHasNoCorrelation() {
    var agreement = Agreement.of(new double[] {1, Double.NaN, 3}, new double[] {-1, 0, -3});
    assertThat(agreement.count()).isEqualTo(2);
    assertThat(agreement.pearson()).isCloseTo(-1, within(ROUNDING));
    assertThat(Agreement.of(new double[] {1, 1}, new double[] {1, 2}).rank()).isNaN();
    assertThatThrownBy(() -> Agreement.of(new double[1], new double[2]))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("1 estimates cannot be compared with 2");
  }
}
