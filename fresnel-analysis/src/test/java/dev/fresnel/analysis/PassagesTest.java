package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_VOCAB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PassagesTest {
  private static Transformer model() {
    return Fresnel.load(Golden.of("tl-shortformer").model(), LoadOptions.DEFAULT.raw());
  }

  @Test
  void theLossIsThatOfTheWholeTextWhereTheContextHoldsIt() {
    var rows = List.of(new int[] {1, 7, 3, 9, 2}, new int[] {4, 4, 8, 0, 5});
    try (var model = model();
        var run = model.run(Tokens.ofRows(rows))) {
      var passages = Passages.of(rows);
      assertThat(passages.count()).isEqualTo(8);
      assertThat(passages.read().length()).isEqualTo(4);
      assertThat(passages.loss(model))
          .as("but for rounding: earlier positions do not see later ones")
          .isCloseTo(Metric.loss().of(run).item(), within(1e-5));
    }
  }

  @Test
  void theLastPositionOfTheContextPredictsToo() {
    try (var model = model()) {
      int context = model.config().sizes().context();
      int[] row = IntStream.rangeClosed(0, context).map(i -> i * 7 % 30).toArray();
      var passages = Passages.of(List.of(row));
      try (var run = model.run(passages.read())) {
        double last = -run.logits(-1).logSoftmax(D_VOCAB).floats()[row[context]];
        double others = Metric.loss().of(run).item() * (context - 1);
        assertThat(passages.loss(model)).isCloseTo((others + last) / context, within(1e-5));
      }
    }
  }

  @Test
  void aRowNeedsATokenToPredict() {
    assertThatThrownBy(() -> Passages.of(List.of(new int[] {1, 2}, new int[] {1})))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("row 1 has 1 tokens");
  }
}
