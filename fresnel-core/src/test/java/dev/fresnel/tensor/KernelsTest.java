package dev.fresnel.tensor;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Norms and attention in few kernels against the same by single operations. */
class KernelsTest {
  private static final Dim BATCH = new Dim("batch");
  private static final Dim QUERY = new Dim("query");
  private static final Dim KEY = new Dim("key");
  private static final Dim HEAD = new Dim("head");
  private static final Dim SHARED = new Dim("shared");
  private static final Dim FEATURE = new Dim("feature");

  /** float32 sums of some hundred numbers near 1, in another order. */
  private static final float ROUNDING = 2e-5f;

  private final RandomTensors random = new RandomTensors(5);

  @BeforeEach
  void isForThisMachine() {
    Libtorch.load();
    assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "its natives come for this platform");
  }

  private static void requireClose(Tensor found, Tensor expected) {
    assertThat(found).isWithin(ROUNDING, expected);
  }

  /** Groups of heads that cores can share, and such that they cannot. */
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
      // values as a part of something wider
      Tensor v = random.normal(keyed.and(new Dim("part"), 1)).select(new Dim("part"), 0);
      Tensor mask = Tensor.causalMask(QUERY, length, KEY, length, 0);
      int group = heads / shared;
      Tensor keys = k.repeatEach(SHARED, group).rename(SHARED, HEAD);
      Tensor expected =
          q.times(0.125).dot(keys, FEATURE).plus(mask).softmax(KEY).order(BATCH, HEAD, QUERY, KEY);

      Tensor pattern = AttentionKernels.pattern(q, k, mask, 0.125).orElseThrow();
      requireClose(pattern, expected);
      assertThat(pattern.select(QUERY, 0).select(KEY, 0)).isEverywhere(1, 0);
      if (length > 1) {
        assertThat(pattern.select(QUERY, 0).slice(KEY, 1, length)).isEverywhere(0, 0);
      }

      Tensor values = v.repeatEach(SHARED, group).rename(SHARED, HEAD);
      requireClose(
          AttentionKernels.mixed(pattern, v).orElseThrow(),
          pattern.dot(values, KEY).order(BATCH, QUERY, HEAD, FEATURE));
    }
  }

  @Test
  void partsOfTensorsAreReadWhereTheyLie() {
    try (var scope = Scope.open()) {
      var shape = Shape.of(BATCH, 2).and(QUERY, 40).and(HEAD, 9).and(FEATURE, 64);
      Tensor q = random.normal(shape).slice(QUERY, 7, 27);
      Tensor k = random.normal(shape).slice(HEAD, 3, 6).slice(QUERY, 9, 29).rename(HEAD, SHARED);
      Tensor keys = k.rename(QUERY, KEY);
      Tensor mask = Tensor.causalMask(QUERY, 20, KEY, 20, 0);
      requireClose(
          AttentionKernels.pattern(q, keys, mask, 1).orElseThrow(),
          AttentionKernels.pattern(q.copy(), keys.copy(), mask, 1).orElseThrow());
    }
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
      requireClose(FusedNorm.of(x, FEATURE, centred, 1e-5, null, null).orElseThrow(), plain);
      requireClose(FusedNorm.of(x, FEATURE, centred, 1e-5, w, null).orElseThrow(), plain.times(w));
      requireClose(
          FusedNorm.of(x, FEATURE, centred, 1e-5, w, b).orElseThrow(), plain.times(w).plus(b));
    }
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
      var shape = Shape.of(QUERY, rows).and(FEATURE, 64);
      Tensor cosines = Tensor.of(shape, cos);
      Tensor sines = Tensor.of(shape, sin);
      var rotation = new Rotation(FEATURE, halves, cosines, sines);
      requireClose(rotation.of(x), Tensor.of(x.shape(), expected));

      Tensor variable = Gradients.variable(x);
      Tensor recorded = rotation.of(variable);
      requireClose(recorded, Tensor.of(x.shape(), expected));
      Tensor total = recorded.sum(QUERY).sum(HEAD).sum(FEATURE);
      var inverse = new Rotation(FEATURE, halves, cosines, sines.times(-1));
      requireClose(
          Gradients.of(total, List.of(variable)).get(0), inverse.of(Tensor.full(x.shape(), 1)));
    }
  }

  /** More forms than are kept: the oldest are freed, and made again when they are asked for. */
  @Test
  void kernelsComeAndGo() throws InterruptedException {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, 700).and(FEATURE, 400));
      Tensor moved = x.minus(x.mean(FEATURE));
      Tensor plain = moved.dividedBy(moved.square().mean(FEATURE).sqrt());
      for (int round = 0; round < 2; round++) {
        for (int rows = 1; rows <= 700; rows += 1) {
          try (var one = Scope.open()) {
            Tensor found =
                FusedNorm.of(x.slice(QUERY, 0, rows), FEATURE, true, 0, null, null).orElseThrow();
            requireClose(found.slice(QUERY, rows - 1, rows), plain.slice(QUERY, rows - 1, rows));
            FusedNorm.of(x.slice(QUERY, 0, rows), FEATURE, false, round, null, null).orElseThrow();
          }
        }
        System.gc();
        Thread.sleep(200); // the cleaner has a thread of its own
      }
    }
  }

  /** In kernels, by sgemm (few rows, or weights that lie otherwise), and by libtorch (small). */
  @ParameterizedTest
  @CsvSource({"1, 400", "3, 400", "15, 400", "150, 400", "15, 20", "3, 20"})
  void curves(int rows, int width) {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, rows).and(FEATURE, width));
      Tensor bias = random.normal(Shape.of(KEY, 300));
      Tensor weight = random.normal(Shape.of(FEATURE, width).and(KEY, 300)).times(0.05);
      Tensor other = random.normal(Shape.of(KEY, 300).and(FEATURE, width)).times(0.05);
      for (Curve curve : Curve.values()) {
        for (var layer : List.of(new Affine(weight, bias), new Affine(other, bias))) {
          for (var linear : List.of(new Affine(weight, null), new Affine(other, bias))) {
            Tensor curved = curve.of(x.affine(layer.weight(), layer.bias(), FEATURE));
            Tensor factor = x.affine(linear.weight(), linear.bias(), FEATURE);
            requireClose(x.curved(layer, curve, null, FEATURE), curved);
            requireClose(x.curved(layer, curve, linear, FEATURE), curved.times(factor));
          }
        }
      }
    }
  }

  @Test
  void whatHasNoKernelIsLeftToSingleOperations() {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, 5).and(FEATURE, 576));
      assertThat(FusedNorm.of(x, QUERY, true, 0, null, null)).isEmpty();
      assertThat(FusedNorm.of(x.to(DType.FLOAT64), FEATURE, true, 0, null, null)).isEmpty();
      assertThat(FusedNorm.of(x.slice(FEATURE, 0, 400), FEATURE, true, 0, null, null)).isEmpty();
      assertThat(FusedNorm.of(Gradients.variable(x), FEATURE, true, 0, null, null)).isEmpty();
      Tensor narrow = random.normal(Shape.of(QUERY, 5).and(FEATURE, 64));
      assertThat(FusedNorm.of(narrow, FEATURE, true, 0, null, null)).isEmpty();

      var shape = Shape.of(BATCH, 1).and(QUERY, 5).and(HEAD, 9).and(FEATURE, 64);
      Tensor q = random.normal(shape);
      Tensor k = q.rename(QUERY, KEY);
      Tensor mask = Tensor.causalMask(QUERY, 5, KEY, 5, 0);
      assertThat(AttentionKernels.pattern(q, k, mask, 1)).isPresent();
      assertThat(AttentionKernels.pattern(q.slice(HEAD, 0, 2), k, mask, 1)).isEmpty();
      assertThat(AttentionKernels.pattern(q.to(DType.FLOAT64), k, mask, 1)).isEmpty();
      assertThat(AttentionKernels.pattern(Gradients.variable(q), k, mask, 1)).isEmpty();
      assertThat(AttentionKernels.pattern(q, k, mask.to(DType.FLOAT64), 1)).isEmpty();
      Tensor turned = q.order(List.of(BATCH, QUERY, FEATURE, HEAD));
      assertThat(AttentionKernels.pattern(turned, k, mask, 1)).isEmpty();
    }
  }
}
