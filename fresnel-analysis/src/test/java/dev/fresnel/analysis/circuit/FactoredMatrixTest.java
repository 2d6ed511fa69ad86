package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.INNER;
import static dev.fresnel.analysis.circuit.FactoredMatrix.RANK;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.Composition.Kind;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Dims;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.RandomTensors;
import dev.fresnel.testkit.ToyModels;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;

class FactoredMatrixTest {
  private static final Dim OTHER = new Dim("other");

  /** Of float32 factorizations, as {@code |a - b| / (1 + |a|)}. */
  private static final double ROUNDING = 1e-4;

  private static FactoredMatrix random(long seed, int rows, int inner, int columns) {
    var random = new RandomTensors(seed);
    return new FactoredMatrix(
        random.normal(Shape.of(ROW, rows).and(INNER, inner), 0, 1),
        random.normal(Shape.of(INNER, inner).and(COLUMN, columns), 0, 1));
  }

  @Test
  void singularValuesAndVectorsMakeTheMatrixAgain() {
    for (int inner : new int[] {1, 3, 9}) { // also longer than both sides
      try (var scope = Scope.open()) {
        var matrix = random(1, 7, inner, 5);
        var svd = matrix.svd();
        assertThat(svd.s().size(RANK)).isEqualTo(Math.min(inner, 5));
        var again = svd.u().times(svd.s()).dot(svd.v(), RANK);
        assertThat(again).isCloseTo(matrix.product(), ROUNDING);
        assertThat(svd.s().norm(RANK)).isCloseTo(matrix.norm(), ROUNDING);
        assertThat(matrix.even().product()).isCloseTo(matrix.product(), ROUNDING);
      }
    }
  }

  @Test
  void productsAreThoseOfTheWholeMatrices() {
    try (var scope = Scope.open()) {
      for (int inner : new int[] {2, 6}) { // each of the two inner axes is the shorter one once
        var a = random(1, 7, 3, 5);
        var b = random(2, 5, inner, 4);
        Tensor expected =
            a.product()
                .rename(COLUMN, OTHER)
                .dot(b.product().rename(ROW, OTHER), OTHER)
                .order(ROW, COLUMN);
        var joined = a.times(b);
        assertThat(joined.inner()).isEqualTo(Math.min(3, inner));
        assertThat(joined.product()).isCloseTo(expected, ROUNDING);
        assertThat(a.composition(b).item())
            .isCloseTo(
                expected.norm(ROW, COLUMN).item() / a.norm().item() / b.norm().item(),
                within(ROUNDING));
        Tensor left = random(3, 2, 1, 7).product();
        Tensor through = left.rename(COLUMN, OTHER).dot(a.product().rename(ROW, OTHER), OTHER);
        assertThat(a.after(left, ROW, COLUMN).product()).isCloseTo(through, ROUNDING);
        assertThat(a.apply(left.select(ROW, 1), COLUMN))
            .isCloseTo(through.select(ROW, 1), ROUNDING);
        assertThat(a.then(b.product(), ROW, COLUMN).product()).isCloseTo(expected, ROUNDING);
        assertThat(a.transposed().times(-2).product().order(COLUMN, ROW).named(ROW, COLUMN))
            .isCloseTo(a.product().times(-2), ROUNDING);
        assertThat(a.gatherRows(4, 0).gatherColumns(1).product())
            .isCloseTo(a.product().gather(ROW, 4, 0).gather(COLUMN, 1), ROUNDING);
      }
    }
  }

  @Test
  void eigenvaluesOfARotationAreComplex() {
    try (var scope = Scope.open()) {
      var turn =
          new FactoredMatrix(
              Tensor.of(Shape.of(ROW, 2).and(INNER, 2), 0, -3, 3, 0),
              Tensor.of(Shape.of(INNER, 2).and(COLUMN, 2), 1, 0, 0, 1));
      var values = turn.eigenvalues();
      assertThat(values.real()).isWithin(1e-6, 0, 0);
      assertThat(values.imaginary().abs()).isWithin(1e-6, 3, 3);
      assertThat(turn.trace().item()).isEqualTo(0);
    }
  }

  @Test
  void headsThatDoNotMeetHaveNoCompositionAndZerosHaveNone() {
    var config = ToyModels.shortformer(1).config();
    var weights = new LinkedHashMap<>(ToyModels.weights(config, 1));
    var output = weights.get("blocks.0.attn.W_O");
    for (int i = 10; i < 20; i++) { // layer 0 writes into the first half of the stream
      output = output.with(Dims.D_MODEL, i, 0.0);
    }
    var queries = weights.get("blocks.1.attn.W_Q");
    for (int i = 0; i < 10; i++) { // the queries of layer 1 read the second half
      queries = queries.with(Dims.D_MODEL, i, 0.0);
    }
    weights.put("blocks.0.attn.W_O", output);
    weights.put("blocks.1.attn.W_Q", queries);
    weights.put("blocks.1.attn.W_K", weights.get("blocks.1.attn.W_K").with(Dims.KV_HEAD, 3, 0.0));
    try (var model =
        new dev.fresnel.model.Transformer(
            config, weights, null, ToyModels.shortformer(1).provenance())) {
      var q = Composition.of(model, Kind.Q);
      assertThat(q.at(new HeadId(0, 1), new HeadId(1, 2))).isZero();
      assertThat(q.at(new HeadId(0, 1), new HeadId(1, 3))).isNaN();
      assertThat(q.at(new HeadId(1, 1), new HeadId(0, 2))).isZero();
      var v = Composition.of(model, Kind.V);
      var strongest = v.strongest(3);
      assertThat(strongest).hasSize(3);
      assertThat(strongest.get(0).score()).isBetween(strongest.get(1).score(), 1.0);
      assertThat(v.at(strongest.get(0).from(), strongest.get(0).to()))
          .isEqualTo(strongest.get(0).score());
      assertThat(v).isEqualTo(Composition.of(model, Kind.V)).isNotEqualTo(q);
    }
  }

  @Test
  void aHeadThatWritesWhatItReadsCopies() {
    var config = ToyModels.shortformer(1).config();
    var weights = new LinkedHashMap<>(ToyModels.weights(config, 1));
    var embedding = weights.get("embed.W_E");
    weights.put("unembed.W_U", embedding.order(Dims.D_MODEL, Dims.D_VOCAB).copy());
    var values = weights.get("blocks.0.attn.W_V").rename(Dims.KV_HEAD, Dims.HEAD);
    weights.put(
        "blocks.0.attn.W_O",
        values.order(Dims.HEAD, Dims.D_HEAD, Dims.D_MODEL).copy().with(Dims.HEAD, 1, 0.0));
    try (var model =
        new dev.fresnel.model.Transformer(
            config, weights, null, ToyModels.shortformer(1).provenance())) {
      var scores = Copying.scores(model);
      assertThat(scores.at(new HeadId(0, 0))).isCloseTo(1, within(1e-4));
      assertThat(scores.at(new HeadId(0, 1))).isNaN();
      assertThat(scores.at(new HeadId(1, 0))).isBetween(-1.0, 1.0);
    }
  }

  @Test
  void mistakesAreExplained() {
    var model = ToyModels.shortformer(1);
    try (var scope = Scope.open()) {
      assertSaid(() -> random(1, 7, 3, 5).times(random(2, 4, 3, 5)), "they have 5 and 4");
      assertSaid(() -> random(1, 7, 3, 5).eigenvalues(), "they have 5 and 7");
      assertSaid(() -> Circuits.ov(model, new HeadId(0, 9)), "heads 0 to 3");
      assertSaid(() -> Circuits.qk(model, 2), "layers 0 to 1");
      assertSaid(() -> SingularVectors.readByMlp(model, 0, 1, 1), "no MLP");
      assertSaid(() -> TokenPairs.greatest(model, Circuits.qk(model), 3), "select a layer");
      assertSaid(
          () -> Composition.of(model, Kind.K).at(new HeadId(0, 0), new HeadId(5, 0)),
          "there is no head L5H0");
      assertSaid(() -> Composition.of(model, Kind.K).strongest(-1), "from 0 on, got -1");
      assertSaid(
          () -> TokenBlock.of(model, CircuitKind.OV, new HeadId(0, 0), 0), "from 1 on, got 0");
      assertThat(TokenPairs.ofOv(model, new HeadId(0, 0), 0)).isEmpty();
    }
  }

  private static void assertSaid(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String saying) {
    assertThatThrownBy(call).isInstanceOf(FresnelException.class).hasMessageContaining(saying);
  }
}
