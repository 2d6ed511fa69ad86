package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeadValuesTest {
  private static final double NONE = Double.NaN;

  private static double[][] numbers() {
    return new double[][] {{0.5, -2, 0.5}, {3, NONE, 0}};
  }

  @Test
  void aHeadsValueIsFoundByItsLayerAndNumber() {
    var values = HeadValues.of(numbers());
    assertThat(values.layers()).isEqualTo(2);
    assertThat(values.heads()).isEqualTo(3);
    assertThat(values.at(new HeadId(1, 0))).isEqualTo(3);
    assertThatThrownBy(() -> values.at(new HeadId(0, 3)))
        .isInstanceOf(FresnelException.class)
        .hasMessage("there is no head L0H3: layers are 0 to 1, heads 0 to 2");
    assertThatThrownBy(() -> values.at(new HeadId(2, 0))).isInstanceOf(FresnelException.class);
    assertThatThrownBy(() -> new HeadId(-1, 0)).isInstanceOf(FresnelException.class);
  }

  @Test
  void theGreatestComesFirstTiesInTheModelsOrderAndNoNumberLast() {
    var values = HeadValues.of(numbers());
    assertThat(values.ranked())
        .extracting(each -> each.head().label())
        .containsExactly("L1H0", "L0H0", "L0H2", "L1H2", "L0H1", "L1H1");
    assertThat(values.above(0.5)).containsExactly(new ScoredHead(new HeadId(1, 0), 3));
    assertThat(values.above(-5)).hasSize(5);
    assertThat(values.all())
        .extracting(each -> each.head().label())
        .containsExactly("L0H0", "L0H1", "L0H2", "L1H0", "L1H1", "L1H2");
  }

  @Test
  void whatHappensToAnArrayLaterChangesNothing() {
    double[][] given = numbers();
    var values = HeadValues.of(given);
    given[1][0] = 7;
    values.toArray()[1][0] = 8;
    assertThat(values.at(new HeadId(1, 0))).isEqualTo(3);
  }

  @Test
  void twoAreEqualIfTheirNumbersAre() {
    var scores = new HeadScores("x", HeadValues.of(numbers()), 3);
    assertThat(scores)
        .isEqualTo(new HeadScores("x", HeadValues.of(numbers()), 3))
        .hasSameHashCodeAs(new HeadScores("x", HeadValues.of(numbers()), 3))
        .isNotEqualTo(new HeadScores("x", HeadValues.of(new double[][] {{1}}), 3));
  }

  @Test
  void layersWithDifferentNumbersOfHeadsAreRefused() {
    assertThatThrownBy(() -> HeadValues.of(new double[][] {{1, 2}, {3}}))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("layer 0 has 2, layer 1 has 1");
    assertThatThrownBy(() -> HeadValues.of(new double[0][])).isInstanceOf(FresnelException.class);
  }

  @Test
  void anAttentionPatternIsAValueToo() {
    float[][][] weights = {{{1, 0}, {0.25f, 0.75f}}};
    var tokens = List.of(new Token(1, null), new Token(2, null));
    var pattern = new AttentionPattern(0, tokens, weights);
    weights[0][1][0] = 9;
    pattern.weights()[0][1][0] = 9;
    pattern.row(0, 1)[0] = 9;
    assertThat(pattern.row(0, 1)).containsExactly(0.25f, 0.75f);
    float[][][] same = {{{1, 0}, {0.25f, 0.75f}}};
    assertThat(pattern)
        .isEqualTo(new AttentionPattern(0, tokens, same))
        .hasSameHashCodeAs(new AttentionPattern(0, tokens, same))
        .isNotEqualTo(new AttentionPattern(1, tokens, same));
  }
}
