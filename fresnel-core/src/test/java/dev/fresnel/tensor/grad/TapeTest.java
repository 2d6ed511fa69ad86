package dev.fresnel.tensor.grad;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Bias;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.tensor.internal.FusedAttention;
import dev.fresnel.tensor.internal.Rotation;
import dev.fresnel.tensor.internal.kernel.RawTape;
import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares a tape's gradients with libtorch's gradients of the same computation. */
class TapeTest {
  private static final Dim BATCH = new Dim("batch");
  private static final Dim ROW = new Dim("row");
  private static final Dim KEY = new Dim("key");
  private static final Dim IN = new Dim("in");
  private static final Dim OUT = new Dim("out");
  private static final Dim HEAD = new Dim("head");

  private final RandomTensors random = new RandomTensors(8);

  private Tensor variable(Shape shape) {
    return Gradients.variable(random.normal(shape));
  }

  /** The gradients of a number that depends on each result in a different way. */
  private static List<Tensor> slopes(List<Tensor> values) {
    var own = new RandomTensors(9);
    return values.stream().map(value -> own.normal(value.shape())).toList();
  }

  private static void requireSameAsLibtorch(
      Function<Function<Tensor, Tensor>, List<Tensor>> computation, List<Tensor> variables) {
    var recorded = computation.apply(x -> x);
    var expected = Tape.gradients(new RawTape(), recorded, slopes(recorded), variables);
    try (var tape = Tape.open()) {
      var values = computation.apply(tape::gather);
      for (int i = 0; i < values.size(); i++) {
        requireClose(values.get(i), recorded.get(i));
      }
      var found = tape.gradients(values, slopes(values), variables);
      for (int i = 0; i < found.size(); i++) {
        requireClose(found.get(i), expected.get(i));
      }
    }
  }

  private static Tensor relu(Tensor x) {
    return Activation.RELU.of(x, x.dims().get(x.dims().size() - 1));
  }

  /** Relative to the largest number: float32 sums in another order differ by rounding. */
  private static void requireClose(Tensor found, Tensor expected) {
    assertThat(found).isWithinShareOfLargest(1e-5, expected);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 3, 4", "5, 1, 3", "7, 5, 11", "130, 64, 96"})
  void affineMapsOfOneInput(int rows, int in, int out) {
    try (var scope = Scope.open()) {
      Tensor x = variable(Shape.of(ROW, rows).and(IN, in));
      Tensor first = variable(Shape.of(IN, in).and(OUT, out));
      Tensor bias = variable(Shape.of(OUT, out));
      Tensor second = variable(Shape.of(OUT, out).and(IN, in));
      requireSameAsLibtorch(
          gather -> {
            var maps = List.of(new Fused.Layer(first, bias), new Fused.Layer(second, null));
            var both = Fused.linear(x, maps, IN);
            return List.of(both.get(0), relu(both.get(1)));
          },
          List.of(x, first, bias, second));
    }
  }

  @Test
  void inputsMayLieInAnyOrder() {
    try (var scope = Scope.open()) {
      Tensor x = variable(Shape.of(IN, 6).and(ROW, 9));
      Tensor weight = variable(Shape.of(IN, 6).and(OUT, 4));
      requireSameAsLibtorch(
          gather -> List.of(Fused.linear(x.order(ROW, IN), new Fused.Layer(weight, null), IN)),
          List.of(x, weight));
    }
  }

  /**
   * Lengths of less than one block of queries, several blocks, and one more than the tape accepts.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1",
    "2, 5, 3, 4",
    "1, 143, 2, 8",
    "2, 145, 2, 8",
    "1, 290, 3, 5",
    "1, 520, 1, 4"
  })
  void attention(int batch, int length, int heads, int features) {
    try (var scope = Scope.open()) {
      var shape = Shape.of(BATCH, batch).and(ROW, length).and(HEAD, heads).and(IN, features);
      Tensor q = variable(shape);
      Tensor k = variable(shape);
      Tensor v = variable(shape);
      var attention = new FusedAttention(BATCH, ROW, KEY, HEAD, HEAD, IN);
      requireSameAsLibtorch(
          gather ->
              List.of(
                  attention.attend(
                      q,
                      k.rename(ROW, KEY),
                      v.rename(ROW, KEY),
                      new Bias(null, true, false),
                      0.7,
                      OptionalDouble.empty())),
          List.of(q, k, v));
    }
  }

  /** Norms that oneDNN computes, in one part and in several, and one too narrow for it. */
  @ParameterizedTest
  @CsvSource({"1, 320", "42, 576", "150, 400", "20, 16"})
  void norms(int rows, int width) {
    try (var scope = Scope.open()) {
      var shape = Shape.of(BATCH, 2).and(ROW, rows).and(IN, width);
      Tensor start = variable(shape);
      Tensor scale = variable(Shape.of(IN, width));
      Tensor shift = variable(Shape.of(IN, width));
      for (boolean centred : List.of(true, false)) {
        requireSameAsLibtorch(
            gather -> {
              Tensor x = gather.apply(start.times(3).plus(1));
              return List.of(
                  norm(x, centred, null, null),
                  norm(x, centred, scale, null),
                  norm(x, centred, scale, shift),
                  norm(x, centred, scale.times(2), Tensor.full(shift.shape(), 1)));
            },
            List.of(start, scale, shift));
        requireSameAsLibtorch(
            gather -> List.of(norm(start, centred, Tensor.full(scale.shape(), 2), null)),
            List.of(start));
      }
    }
  }

  private static Tensor norm(Tensor x, boolean centred, Tensor scale, Tensor shift) {
    return Fused.norm(x, IN, centred, 1e-3, scale, shift, OUT, null, null);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void rotations(boolean halves) {
    try (var scope = Scope.open()) {
      Tensor x = variable(Shape.of(BATCH, 2).and(ROW, 30).and(HEAD, 3).and(IN, 8));
      var pairs = new long[8]; // the pair of each number
      var signs = new float[8];
      for (int i = 0; i < 8; i++) {
        pairs[i] = halves ? i % 4 : i / 2;
        signs[i] = (halves ? i < 4 : i % 2 == 0) ? -1 : 1;
      }
      var shape = Shape.of(ROW, 30).and(OUT, 4);
      Tensor cos = random.normal(shape).gather(OUT, pairs).rename(OUT, IN);
      Tensor sin = random.normal(shape).gather(OUT, pairs).rename(OUT, IN);
      var rotation = new Rotation(IN, halves, cos, sin.times(Tensor.of(Shape.of(IN, 8), signs)));
      requireSameAsLibtorch(gather -> List.of(Fused.rotate(x, rotation)), List.of(x));
    }
  }

  /** Neurons in one part and in several, with a gate and without. */
  @ParameterizedTest
  @EnumSource(Activation.class)
  void neurons(Activation activation) {
    try (var scope = Scope.open()) {
      for (int rows : new int[] {3, 150}) {
        Tensor x = variable(Shape.of(ROW, rows).and(IN, 20));
        Tensor in = variable(Shape.of(IN, 20).and(OUT, 300));
        Tensor gate = variable(Shape.of(IN, 20).and(OUT, 300));
        for (boolean watched : List.of(false, true)) {
          UnaryOperator<Tensor> watcher = watched ? value -> value.times(1.5) : null;
          requireSameAsLibtorch(
              gather ->
                  List.of(
                      Fused.neurons(
                          x, new Fused.Layer(in, null), activation, null, IN, watcher, null),
                      Fused.neurons(
                          x,
                          new Fused.Layer(in, null),
                          activation,
                          new Fused.Layer(gate, null),
                          IN,
                          watcher,
                          watcher)),
              List.of(x, in, gate));
        }
      }
    }
  }

  /** Like a residual stream: two linear layers, each of which adds to what it reads. */
  @Test
  void whatIsReadTwice() {
    try (var scope = Scope.open()) {
      Tensor start = variable(Shape.of(ROW, 8).and(IN, 6));
      Tensor first = variable(Shape.of(IN, 6).and(OUT, 6));
      Tensor second = variable(Shape.of(IN, 6).and(OUT, 6));
      requireSameAsLibtorch(
          gather -> {
            Tensor x = gather.apply(relu(start));
            Tensor y =
                gather.apply(
                    x.plus(Fused.linear(x, new Fused.Layer(first, null), IN).rename(OUT, IN)));
            return List.of(
                y.plus(Fused.linear(relu(y), new Fused.Layer(second, null), IN).rename(OUT, IN)),
                x);
          },
          List.of(start, first, second));
    }
  }

  @Test
  void resultsThatNothingComesBackTo() {
    try (var scope = Scope.open()) {
      Tensor x = variable(Shape.of(ROW, 3).and(IN, 4));
      Tensor used = variable(Shape.of(IN, 4).and(OUT, 5));
      Tensor unused = variable(Shape.of(IN, 4).and(OUT, 2));
      requireSameAsLibtorch(
          gather -> {
            Fused.linear(x, new Fused.Layer(unused, null), IN);
            var both =
                Fused.linear(
                    x, List.of(new Fused.Layer(used, null), new Fused.Layer(unused, null)), IN);
            return List.of(both.get(0));
          },
          List.of(x, used));
    }
  }

  @Test
  void lossesGoOnFromTheirDerivatives() {
    try (var scope = Scope.open()) {
      Tensor first = variable(Shape.of(IN, 6));
      Tensor weight = variable(Shape.of(OUT, 9).and(IN, 6));
      Tensor targets = Tensor.ofLongs(Shape.of(ROW, 3), 1, 8, 0);
      Tensor x = relu(Tensor.full(Shape.of(ROW, 3), 0.5).times(first));
      Tensor sum =
          CrossEntropy.each(Fused.linear(x, new Fused.Layer(weight, null), IN), OUT, targets)
              .sum(ROW);
      var expected = Gradients.of(sum, List.of(first, weight));
      try (var tape = Tape.open()) {
        Tensor again = relu(Tensor.full(Shape.of(ROW, 3), 0.5).times(first));
        var end = CrossEntropy.ofLinear(again, weight, null, IN, targets, 1);
        var found =
            tape.gradients(
                List.of(again, weight), List.of(end.input(), end.weight()), List.of(first, weight));
        requireClose(found.get(0), expected.get(0));
        requireClose(found.get(1), expected.get(1));
      }
    }
  }

  @Test
  void gradientsNeedNoScope() {
    Tensor x = variable(Shape.of(ROW, 3).and(IN, 4));
    Tensor weight = variable(Shape.of(IN, 4).and(OUT, 5));
    requireSameAsLibtorch(
        gather -> {
          Tensor y = gather.apply(relu(x));
          return List.of(relu(Fused.linear(y, new Fused.Layer(weight, null), IN)), y);
        },
        List.of(x, weight));
  }

  @Test
  void whatCannotBeDerivedIsSaid() {
    try (var scope = Scope.open();
        var tape = Tape.open()) {
      Tensor x = variable(Shape.of(ROW, 3));
      Tensor other = variable(Shape.of(ROW, 3));
      Tensor value = x.times(2);
      assertThatThrownBy(
              () -> tape.gradients(List.of(value), slopes(List.of(value)), List.of(other)))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("does not depend on variable 0");
      assertThatThrownBy(
              () ->
                  tape.gradients(List.of(x), List.of(Tensor.full(Shape.of(IN, 3), 1)), List.of(x)))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("[row 3]")
          .hasMessageContaining("[in 3]");
      Tensor constant = Tensor.full(Shape.of(ROW, 3), 1);
      assertThatThrownBy(() -> tape.gradients(List.of(constant), List.of(constant), List.of(x)))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("not computed from a variable");
      assertThatThrownBy(Tape::open).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aTapeIsClosedByItsOwnThread() {
    try (var tape = Tape.open()) {
      assertThatThrownBy(() -> CompletableFuture.runAsync(tape::close).join())
          .hasRootCauseInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aClosedTapeNotesNothing() {
    try (var scope = Scope.open()) {
      Tensor x = variable(Shape.of(ROW, 3).and(IN, 4));
      Tensor weight = variable(Shape.of(IN, 4).and(OUT, 5));
      Tape.open().close();
      Tensor sum = Fused.linear(x, new Fused.Layer(weight, null), IN).sum(ROW).sum(OUT);
      assertThat(Gradients.of(sum, List.of(weight)).get(0).shape()).isEqualTo(weight.shape());
    }
  }
}
