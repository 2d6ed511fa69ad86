package dev.fresnel.tensor.internal.kernel;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.internal.kernel.Kernels.Layer;
import dev.fresnel.tensor.internal.kernel.Kernels.NormForm;
import dev.fresnel.tensor.internal.kernel.Kernels.Scoring;
import dev.fresnel.testkit.RandomTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Scalar;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of {@link Kernels}: compares both implementations with single libtorch operations.
 */
@Tag("golden")
class KernelsTest {
  private static final Dim BATCH = new Dim("batch");
  private static final Dim QUERY = new Dim("query");
  private static final Dim KEY = new Dim("key");
  private static final Dim HEAD = new Dim("head");
  private static final Dim SHARED = new Dim("shared");
  private static final Dim FEATURE = new Dim("feature");

  /** float32 sums of a few hundred numbers near 1, in another order. */
  private static final float ROUNDING = 2e-5f;

  private static final List<Kernels> BOTH = List.of(new PlainKernels(), new FastKernels());

  private final RandomTensors random = new RandomTensors(5);

  @BeforeEach
  void isForThisMachine() {
    Libtorch.load();
    assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "its natives come for this platform");
  }

  private static void requireClose(Tensor found, Tensor expected) {
    assertThat(found).isWithin(ROUNDING, expected);
  }

  private static Bias bias(Tensor mask) {
    return new Bias(mask.unwrap().unsqueeze(0).unsqueeze(0), true, false);
  }

  private static Tensor attended(org.bytedeco.pytorch.Tensor raw) {
    return Tensor.wrap(raw, BATCH, QUERY, HEAD, FEATURE).contiguous();
  }

  /** Groups of heads that divide evenly among the cores, and groups that do not. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 9, 3",
    "1, 2, 12, 12",
    "1, 15, 9, 3",
    "2, 15, 12, 12",
    "1, 42, 9, 9",
    "3, 131, 9, 3",
    "1, 130, 12, 4",
    "1, 257, 5, 1"
  })
  void patternsAndMixedValues(int texts, int length, int heads, int shared) {
    try (var scope = Scope.open()) {
      var shape = Shape.of(BATCH, texts).and(QUERY, length).and(HEAD, heads).and(FEATURE, 64);
      var keyed = Shape.of(BATCH, texts).and(KEY, length).and(SHARED, shared).and(FEATURE, 64);
      Tensor q = random.normal(shape);
      Tensor k = random.normal(keyed);
      // values as a view of a wider tensor
      Tensor v = random.normal(keyed.and(new Dim("part"), 1)).select(new Dim("part"), 0);
      Tensor mask = Tensor.wrap(Bias.mask(length, length, 0, length), QUERY, KEY);
      int group = heads / shared;
      Tensor keys = k.repeatEach(SHARED, group).rename(SHARED, HEAD);
      Tensor scores = q.times(0.125).dot(keys, FEATURE).plus(mask);
      Tensor expected = scores.softmax(KEY).order(BATCH, HEAD, QUERY, KEY);
      Tensor values = v.repeatEach(SHARED, group).rename(SHARED, HEAD);
      var scoring = new Scoring(0.125, 0);
      for (Kernels kernels : BOTH) {
        var raw = kernels.pattern(q.unwrap(), k.unwrap(), bias(mask), scoring, null);
        Tensor pattern = Tensor.wrap(raw, BATCH, HEAD, QUERY, KEY);
        requireClose(pattern, expected);
        assertThat(pattern.select(QUERY, 0).select(KEY, 0)).isEverywhere(1, 0);
        if (length > 1) {
          assertThat(pattern.select(QUERY, 0).slice(KEY, 1, length)).isEverywhere(0, 0);
        }
        Tensor mixed = pattern.dot(values, KEY).order(BATCH, QUERY, HEAD, FEATURE);
        requireClose(attended(kernels.mix(raw, v.unwrap())), mixed);
        for (var each : List.of(bias(mask), new Bias(null, true, false))) {
          requireClose(
              attended(kernels.attend(q.unwrap(), k.unwrap(), v.unwrap(), each, scoring)), mixed);
        }
      }
    }
  }

  /** A bias per head like ALiBi's, a window, padding, and a soft cap. */
  @ParameterizedTest
  @ValueSource(ints = {2, 29, 130})
  void biasesAndCaps(int length) {
    try (var scope = Scope.open()) {
      Tensor q = random.normal(Shape.of(BATCH, 2).and(QUERY, length).and(HEAD, 6).and(FEATURE, 64));
      Tensor k = q.rename(QUERY, KEY).times(0.5).rename(HEAD, SHARED);
      Tensor window = Tensor.wrap(Bias.mask(length, length, 0, 5), QUERY, KEY);
      Tensor perHead = random.normal(Shape.of(HEAD, 6).and(QUERY, length).and(KEY, length));
      Tensor padding = Tensor.of(Shape.of(BATCH, 2).and(KEY, 1), 0, Float.NEGATIVE_INFINITY);
      Tensor first =
          length == 2
              ? padding
              : Tensor.concatenate(
                  KEY, List.of(padding, Tensor.full(Shape.of(BATCH, 2).and(KEY, length - 1), 0)));
      Tensor all =
          window.plus(perHead).plus(length == 2 ? Tensor.full(Shape.of(BATCH, 2), 0) : first);
      Tensor bias = all.order(BATCH, HEAD, QUERY, KEY).contiguous();
      Tensor products = q.times(0.3).dot(k.rename(SHARED, HEAD), FEATURE);
      Tensor scores = products.dividedBy(2).tanh().times(2).plus(bias);
      Tensor softmax = scores.softmax(KEY).order(BATCH, HEAD, QUERY, KEY);
      var isNan = softmax.unwrap().isnan();
      Tensor expected =
          Tensor.wrap(softmax.unwrap().masked_fill(isNan, new Scalar(0.0)), softmax.dims());
      for (Kernels kernels : BOTH) {
        var raw =
            kernels.pattern(
                q.unwrap(),
                k.unwrap(),
                new Bias(bias.unwrap(), false, true),
                new Scoring(0.3, 2),
                null);
        requireClose(Tensor.wrap(raw, BATCH, HEAD, QUERY, KEY), expected);
      }
    }
  }

  @Test
  void operandsMayBePartsOfTensors() {
    try (var scope = Scope.open()) {
      var shape = Shape.of(BATCH, 2).and(QUERY, 40).and(HEAD, 9).and(FEATURE, 64);
      Tensor q = random.normal(shape).slice(QUERY, 7, 27);
      Tensor k = random.normal(shape).slice(HEAD, 3, 6).slice(QUERY, 9, 29);
      var causal = bias(Tensor.wrap(Bias.mask(20, 20, 0, 20), QUERY, KEY));
      var scoring = new Scoring(1, 0);
      for (Kernels kernels : BOTH) {
        requireClose(
            named(kernels.pattern(q.unwrap(), k.unwrap(), causal, scoring, null)),
            named(kernels.pattern(q.copy().unwrap(), k.copy().unwrap(), causal, scoring, null)));
      }
    }
  }

  private static Tensor named(org.bytedeco.pytorch.Tensor pattern) {
    return Tensor.wrap(pattern, BATCH, HEAD, QUERY, KEY);
  }

  @ParameterizedTest
  @CsvSource({"1, true", "15, false", "15, true", "301, true", "301, false"})
  void norms(int rows, boolean centred) {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, rows).and(FEATURE, 576)).times(3).plus(1);
      Tensor w = random.normal(Shape.of(FEATURE, 576));
      Tensor b = random.normal(Shape.of(FEATURE, 576));
      Tensor moved = centred ? x.minus(x.mean(FEATURE)) : x;
      Tensor plain = moved.dividedBy(moved.square().mean(FEATURE).plus(1e-5).sqrt());
      var form = new NormForm(centred, 1e-5);
      for (Kernels kernels : BOTH) {
        requireClose(norm(kernels, x, form, null, null), plain);
        requireClose(norm(kernels, x, form, w, null), plain.times(w));
        requireClose(norm(kernels, x, form, w, b), plain.times(w).plus(b));
      }
    }
  }

  private static Tensor norm(
      Kernels kernels, Tensor x, NormForm form, @Nullable Tensor w, @Nullable Tensor b) {
    var raw =
        kernels.norm(
            x.unwrap(),
            form,
            w == null ? null : w.unwrap(),
            b == null ? null : b.unwrap(),
            null,
            null);
    return Tensor.wrap(raw, x.dims());
  }

  @ParameterizedTest
  @CsvSource({"3, true", "3, false", "900, true", "900, false"})
  void rotations(int rows, boolean halves) {
    try (var scope = Scope.open()) {
      float[] cos = new float[rows * 64];
      float[] sin = new float[rows * 64];
      float[] expected = new float[rows * 5 * 64];
      Tensor x = random.normal(Shape.of(QUERY, rows).and(HEAD, 5).and(FEATURE, 64));
      float[] numbers = x.floats();
      for (int row = 0; row < rows; row++) {
        for (int pair = 0; pair < 32; pair++) {
          double angle = row * (pair + 1) * 0.01;
          int first = halves ? pair : 2 * pair;
          int second = halves ? pair + 32 : 2 * pair + 1;
          cos[row * 64 + first] = cos[row * 64 + second] = (float) Math.cos(angle);
          sin[row * 64 + second] = (float) Math.sin(angle);
          sin[row * 64 + first] = (float) -Math.sin(angle);
          for (int start = row * 5 * 64; start < (row + 1) * 5 * 64; start += 64) {
            float a = numbers[start + first];
            float b = numbers[start + second];
            expected[start + first] = (float) (a * Math.cos(angle) - b * Math.sin(angle));
            expected[start + second] = (float) (b * Math.cos(angle) + a * Math.sin(angle));
          }
        }
      }
      var shape = Shape.of(QUERY, rows).and(HEAD, 1).and(FEATURE, 64);
      var cosines = Tensor.of(shape, cos).unwrap();
      var sines = Tensor.of(shape, sin).unwrap();
      var rotation = new Rotation(halves, cosines, sines);
      var inverse = new Rotation(halves, cosines, sines.neg());
      for (Kernels kernels : BOTH) {
        UnaryOperator<Tensor> turn =
            tensor -> Tensor.wrap(kernels.rotate(tensor.unwrap(), rotation), tensor.dims());
        requireClose(turn.apply(x), Tensor.of(x.shape(), expected));
        Tensor variable = Gradients.variable(x);
        Tensor recorded = turn.apply(variable);
        requireClose(recorded, Tensor.of(x.shape(), expected));
        Tensor total = recorded.sum(QUERY, HEAD, FEATURE);
        var ones = Tensor.full(x.shape(), 1).unwrap();
        requireClose(
            Gradients.of(total, List.of(variable)).get(0),
            Tensor.wrap(kernels.rotate(ones, inverse), x.dims()));
      }
    }
  }

  /**
   * Computed by oneDNN's primitives, by sgemm (few rows, or weights that are not transposed), and
   * by libtorch.
   */
  @ParameterizedTest
  @CsvSource({"1, 400", "3, 400", "15, 400", "150, 400", "15, 20", "3, 20"})
  void neuronsAndLinearLayers(int rows, int width) {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, rows).and(FEATURE, width));
      Tensor bias = random.normal(Shape.of(KEY, 300));
      Tensor weight = random.normal(Shape.of(FEATURE, width).and(KEY, 300)).times(0.05);
      Tensor other = random.normal(Shape.of(KEY, 300).and(FEATURE, width)).times(0.05);
      Tensor transposed = other.order(FEATURE, KEY);
      for (var function : ActivationFunction.values()) {
        for (Tensor in : List.of(weight, transposed)) {
          for (Tensor linear : List.of(weight, transposed)) {
            Tensor pre = x.dot(in, FEATURE).plus(bias);
            Tensor neurons = Tensor.wrap(function.of(pre.unwrap()), QUERY, KEY);
            Tensor gated = neurons.times(x.dot(linear, FEATURE));
            for (Kernels kernels : BOTH) {
              var first = new Layer(in.unwrap(), bias.unwrap());
              var second = new Layer(linear.unwrap(), null);
              requireSmallShare(neurons(kernels, x, first, function, null), neurons);
              requireSmallShare(neurons(kernels, x, first, function, second), gated);
              long[] shape = {x.size(QUERY), 300};
              var both = kernels.linear(x.unwrap(), List.of(first, second), List.of(shape, shape));
              requireSmallShare(Tensor.wrap(both.get(0), QUERY, KEY), pre);
              requireSmallShare(Tensor.wrap(both.get(1), QUERY, KEY), x.dot(linear, FEATURE));
            }
          }
        }
      }
    }
  }

  /**
   * Relative to the largest number: sums of 400 products in another order, then a product of two
   * sums.
   */
  private static void requireSmallShare(Tensor found, Tensor expected) {
    assertThat(found).isWithinShareOfLargest(1e-5, expected);
  }

  private static Tensor neurons(
      Kernels kernels, Tensor x, Layer in, ActivationFunction function, @Nullable Layer linear) {
    long[] shape = {x.size(QUERY), in.weight().size(1)};
    return Tensor.wrap(
        kernels.neurons(x.unwrap(), in, function, linear, null, null, shape), QUERY, KEY);
  }

  /** A watcher sees each step and may change it; the result follows from the value it returns. */
  @Test
  void watchersSeeAndChangeSteps() {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, 20).and(FEATURE, 400));
      Tensor w = random.normal(Shape.of(FEATURE, 400).and(KEY, 400)).times(0.05);
      var layer = new Layer(w.unwrap(), null);
      for (Kernels kernels : BOTH) {
        var seen = new ArrayList<long[]>();
        UnaryOperator<org.bytedeco.pytorch.Tensor> doubled =
            value -> {
              seen.add(value.shape());
              return value.add(value);
            };
        var relu = ActivationFunction.RELU;
        var changed =
            kernels.neurons(x.unwrap(), layer, relu, layer, doubled, null, new long[] {20, 400});
        requireClose(
            Tensor.wrap(changed, QUERY, KEY), neurons(kernels, x, layer, relu, layer).times(2));
        var form = new NormForm(true, 1e-5);
        var divided = kernels.norm(x.unwrap(), form, null, null, doubled, null);
        requireClose(
            Tensor.wrap(divided, QUERY, FEATURE), norm(kernels, x, form, null, null).times(0.5));
        assertThat(seen).containsExactly(new long[] {20, 400}, new long[] {20, 1});
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 3, 4", "7, 5, 11", "700, 64, 3000"})
  void crossEntropies(int rows, int in, int choices) {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, rows).and(FEATURE, in));
      Tensor weight = random.normal(Shape.of(FEATURE, in).and(KEY, choices)).times(0.3);
      var bias = random.normal(Shape.of(KEY, choices)).unwrap();
      var targets = random.indices(Shape.of(QUERY, rows), choices).unwrap();
      var layer = new Layer(weight.unwrap(), bias);
      var plain = BOTH.get(0).crossEntropy(x.unwrap(), layer, targets, 0.5);
      var fast = BOTH.get(1).crossEntropy(x.unwrap(), layer, targets, 0.5);
      assertThat(fast.loss()).isCloseTo(plain.loss(), within(1e-6 * (1 + plain.loss())));
      requireSlopes(fast.toInput(), plain.toInput());
      requireSlopes(fast.toWeight(), plain.toWeight());
      requireSlopes(fast.toBias().unsqueeze(0), plain.toBias().unsqueeze(0));
    }
  }

  /** Relative to the largest number: float32 sums of up to 3,000 numbers in another order. */
  private static void requireSlopes(
      org.bytedeco.pytorch.Tensor found, org.bytedeco.pytorch.Tensor expected) {
    assertThat(Tensor.wrap(found, QUERY, KEY))
        .isWithinShareOfLargest(1e-5, Tensor.wrap(expected, QUERY, KEY));
  }
}
