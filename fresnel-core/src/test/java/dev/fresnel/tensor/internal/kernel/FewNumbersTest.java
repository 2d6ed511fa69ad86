package dev.fresnel.tensor.internal.kernel;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.internal.kernel.Kernels.NormForm;
import dev.fresnel.tensor.internal.kernel.Kernels.Scoring;
import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Java computes for a token's few numbers is what libtorch's operations give. */
class FewNumbersTest {
  private static final Dim BATCH = new Dim("batch");
  private static final Dim QUERY = new Dim("query");
  private static final Dim KEY = new Dim("key");
  private static final Dim HEAD = new Dim("head");
  private static final Dim FEATURE = new Dim("feature");

  /** float32 sums of some hundred numbers near 1, in another order. */
  private static final float ROUNDING = 2e-5f;

  private final Kernels plain = new PlainKernels();
  private final Kernels fast = new FastKernels();
  private final RandomTensors random = new RandomTensors(7);

  @BeforeEach
  void isForThisMachine() {
    Libtorch.load();
    assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "its natives come for this platform");
  }

  private Tensor norm(
      Kernels kernels,
      Tensor x,
      boolean centred,
      UnaryOperator<org.bytedeco.pytorch.Tensor> divisor,
      UnaryOperator<org.bytedeco.pytorch.Tensor> normalized,
      Tensor... scaleAndShift) {
    var raw =
        kernels.norm(
            x.unwrap(),
            new NormForm(centred, 1e-5),
            scaleAndShift[0].unwrap(),
            scaleAndShift[1].unwrap(),
            divisor,
            normalized);
    return Tensor.wrap(raw, x.dims());
  }

  /** A watcher sees the divisor and the normalized numbers, and what it answers is used. */
  @ParameterizedTest
  @CsvSource({"1, 576, true", "1, 576, false", "7, 9, true", "7, 9, false"})
  void watchedNorms(int rows, int width, boolean centred) {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, rows).and(FEATURE, width)).times(3).plus(1);
      assertThat(FewNumbers.are(x.unwrap())).isTrue();
      Tensor w = random.normal(Shape.of(FEATURE, width));
      Tensor b = random.normal(Shape.of(FEATURE, width));
      UnaryOperator<org.bytedeco.pytorch.Tensor> doubled = value -> value.add(value);
      assertThat(norm(fast, x, centred, doubled, doubled, w, b))
          .isWithin(ROUNDING, norm(plain, x, centred, doubled, doubled, w, b));
      // an answer of another type, and one whose rows are not side by side
      UnaryOperator<org.bytedeco.pytorch.Tensor> precise =
          value -> value.to(ScalarType.Double).t().contiguous().t();
      assertThat(norm(fast, x, centred, precise, null, w, b))
          .isWithin(ROUNDING, norm(plain, x, centred, null, null, w, b));
    }
  }

  /** A watcher may answer with a variable: what follows from it is recorded. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void variablesOfWatchersAreRecorded(boolean centred) {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, 2).and(FEATURE, 40));
      Tensor w = random.normal(Shape.of(FEATURE, 40));
      Tensor divisor = Gradients.variable(Tensor.full(Shape.of(QUERY, 2).and(HEAD, 1), 1.5));
      Tensor normalized = Gradients.variable(random.normal(x.shape()));
      for (int watched = 0; watched < 2; watched++) {
        boolean byDivisor = watched == 0;
        Tensor variable = byDivisor ? divisor : normalized;
        UnaryOperator<org.bytedeco.pytorch.Tensor> answer = value -> variable.unwrap();
        var slopes =
            List.of(plain, fast).stream()
                .map(
                    kernels ->
                        norm(
                            kernels,
                            x,
                            centred,
                            byDivisor ? answer : null,
                            byDivisor ? null : answer,
                            w,
                            w))
                .map(found -> Gradients.of(found.square().sum(QUERY, FEATURE), List.of(variable)))
                .toList();
        assertThat(slopes.get(1).get(0)).isWithinShareOfLargest(1e-5, slopes.get(0).get(0));
      }
    }
  }

  /** One row of angles turns all heads of a token. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rotationsOfOneToken(boolean halves) {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(BATCH, 1).and(QUERY, 1).and(HEAD, 9).and(FEATURE, 64));
      Tensor cos = random.normal(Shape.of(HEAD, 1).and(FEATURE, 64));
      Tensor sin = random.normal(Shape.of(HEAD, 1).and(FEATURE, 64));
      var rotation = new Rotation(halves, cos.unwrap(), sin.unwrap());
      assertThat(FewNumbers.areRotated(x.unwrap(), cos.unwrap(), sin.unwrap())).isTrue();
      assertThat(Tensor.wrap(fast.rotate(x.unwrap(), rotation), x.dims()))
          .isWithin(ROUNDING, Tensor.wrap(plain.rotate(x.unwrap(), rotation), x.dims()));
    }
  }

  /** Side by side in memory, in another order, of another shape, and variables. */
  @Test
  void sums() {
    try (var scope = Scope.open()) {
      Tensor a = random.normal(Shape.of(BATCH, 1).and(QUERY, 3).and(FEATURE, 64));
      Tensor b = random.normal(Shape.of(FEATURE, 64).and(QUERY, 3)).order(QUERY, FEATURE);
      Tensor variable = Gradients.variable(random.normal(a.shape()));
      for (Tensor other :
          List.of(random.normal(a.shape()), b, b.contiguous(), variable, a.select(QUERY, 1))) {
        var expected = a.unwrap().add(other.unwrap());
        assertThat(Tensor.wrap(Elementwise.sum(a.unwrap(), other.unwrap()), a.dims()))
            .isWithin(0, Tensor.wrap(expected, a.dims()));
      }
      assertThat(Elementwise.sum(a.unwrap(), variable.unwrap()).requires_grad()).isTrue();
    }
  }

  /** Keys and values are views of memory with room for more; a window hides the first keys. */
  @ParameterizedTest
  @CsvSource({"12, 12, 1", "12, 12, 2", "9, 3, 40", "12, 4, 341", "9, 3, 2000"})
  void oneQuery(int heads, int shared, int keys) {
    try (var scope = Scope.open()) {
      Tensor q = random.normal(Shape.of(BATCH, 1).and(QUERY, 1).and(HEAD, heads).and(FEATURE, 64));
      var room = Shape.of(BATCH, 1).and(KEY, keys + 5).and(HEAD, shared).and(FEATURE, 64);
      Tensor k = random.normal(room).slice(KEY, 0, keys);
      Tensor v = random.normal(room).slice(KEY, 0, keys);
      for (long window : new long[] {keys, Math.max(1, keys / 2)}) {
        var mask = Bias.mask(1, keys, keys - 1, window).unsqueeze(0).unsqueeze(0);
        var scoring = new Scoring(0.125, 0);
        var bias = new Bias(mask, false, false);
        assertThat(OneQuery.suits(q.unwrap(), k.unwrap(), v.unwrap(), mask))
            .isEqualTo(heads * keys <= 4096);
        var expected = plain.attend(q.unwrap(), k.unwrap(), v.unwrap(), bias, scoring);
        var found = fast.attend(q.unwrap(), k.unwrap(), v.unwrap(), bias, scoring);
        assertThat(Tensor.wrap(found, BATCH, QUERY, HEAD, FEATURE))
            .isWithin(ROUNDING, Tensor.wrap(expected, BATCH, QUERY, HEAD, FEATURE));
      }
    }
  }

  /** One block of memory, rows of several texts, and numbers of another type. */
  @Test
  void writesIntoARange() {
    try (var scope = Scope.open()) {
      for (int texts = 1; texts <= 2; texts++) {
        Tensor room = random.normal(Shape.of(BATCH, texts).and(KEY, 6).and(FEATURE, 3)).copy();
        Tensor more = random.normal(Shape.of(BATCH, texts).and(KEY, 2).and(FEATURE, 3));
        for (var type : List.of(ScalarType.Float, ScalarType.Double)) {
          Tensor before = room.copy();
          Writing.write(room.unwrap(), 1, 3, more.unwrap().to(type));
          assertThat(room.slice(KEY, 3, 5)).isWithin(0, more);
          assertThat(room.slice(KEY, 0, 3)).isWithin(0, before.slice(KEY, 0, 3));
          assertThat(room.slice(KEY, 5, 6)).isWithin(0, before.slice(KEY, 5, 6));
        }
      }
    }
  }
}
