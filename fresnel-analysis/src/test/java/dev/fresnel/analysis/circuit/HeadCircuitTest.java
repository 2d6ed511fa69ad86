package dev.fresnel.analysis.circuit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.Fresnel;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.CircuitEigenvalues.Eigenvalue;
import dev.fresnel.analysis.circuit.SingularVectors.Direction;
import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.ToyModels;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HeadCircuitTest {
  private static final HeadId HEAD = new HeadId(1, 1);

  /** Both are products of float32 factors, summed in another order. */
  private static final double TOLERANCE = 1e-3;

  @ParameterizedTest
  @EnumSource
  void aBlockHoldsTheCircuitsNumbersForItsTokens(CircuitKind kind) {
    try (var model = Fresnel.load("by-hand");
        var scope = Scope.open()) {
      var block = TokenBlock.of(model, kind, HEAD, 12);
      var whole = kind.fromTokens(model, HEAD);
      int columns = (int) whole.columns();
      float[] all = whole.product().order(FactoredMatrix.ROW, FactoredMatrix.COLUMN).floats();
      double greatest = Double.NEGATIVE_INFINITY;
      for (float value : all) {
        greatest = Math.max(greatest, value);
      }
      for (int row = 0; row < block.from().size(); row++) {
        for (int column = 0; column < block.to().size(); column++) {
          float right = all[block.from().get(row).id() * columns + block.to().get(column).id()];
          assertThat(block.values()[row][column]).isCloseTo(right, within(TOLERANCE));
        }
      }
      assertThat(block.pairs()).hasSize(12);
      assertThat(block.pairs().get(0).value()).isCloseTo(greatest, within(TOLERANCE));
      for (var pair : block.pairs()) {
        int row = block.from().indexOf(pair.from());
        int column = block.to().indexOf(pair.to());
        assertThat(block.values()[row][column]).isCloseTo(pair.value(), within(TOLERANCE));
      }
    }
  }

  @Test
  void aHeadThatCopiesHasAScoreOfOneAndOneThatTurnsHasZero() {
    var copies = new CircuitEigenvalues(List.of(new Eigenvalue(1, 0), new Eigenvalue(4, 0)));
    assertThat(copies.score()).isEqualTo(1);
    assertThat(copies.all().get(0).real()).as("the greatest magnitude first").isEqualTo(4);
    var turns = new CircuitEigenvalues(List.of(new Eigenvalue(0, 2), new Eigenvalue(0, -2)));
    assertThat(turns.score()).isZero();
    assertThat(new CircuitEigenvalues(List.of(new Eigenvalue(0, 0))).score()).isNaN();
  }

  @Test
  void aTableOfDirectionsAgreesWithWhatEachRaisesAndLowers() {
    try (var model = Fresnel.load()) {
      var table = SingularVectors.table(model, HEAD, 4, 6);
      requireAgreement(table, SingularVectors.written(model, HEAD, 4, 6));
      for (int wrong : List.of(0, -1)) {
        assertThatThrownBy(() -> SingularVectors.table(model, HEAD, wrong, 6))
            .isInstanceOf(FresnelException.class)
            .hasMessage("expected a number of directions from 1 on, got " + wrong);
        assertThatThrownBy(() -> SingularVectors.written(model, HEAD, 4, wrong))
            .isInstanceOf(FresnelException.class)
            .hasMessageContaining("tokens of each sign from 1 on, got " + wrong);
      }
    }
  }

  @Test
  void anMlpsTablesAgreeWithItsDirections() {
    try (var model = ToyModels.gpt2Like(7)) {
      requireAgreement(
          SingularVectors.tableReadByMlp(model, 1, 4, 6),
          SingularVectors.readByMlp(model, 1, 4, 6));
      requireAgreement(
          SingularVectors.tableWrittenByMlp(model, 1, 4, 6),
          SingularVectors.writtenByMlp(model, 1, 4, 6));
    }
  }

  private static void requireAgreement(SingularVectors.Table table, List<Direction> directions) {
    assertThat(table.directions()).isEqualTo(directions).hasSize(4);
    for (int i = 0; i < 4; i++) {
      var direction = table.directions().get(i);
      for (var readings : List.of(direction.raised(), direction.lowered())) {
        for (var reading : readings) {
          double found = table.logits()[table.tokens().indexOf(reading.token())][i];
          assertThat(found).isCloseTo(reading.logit(), within(TOLERANCE));
        }
      }
    }
  }
}
