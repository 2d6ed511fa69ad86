package dev.fresnel.tensor.internal.kernel;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.internal.kernel.Kernels.NormForm;
import dev.fresnel.tensor.internal.kernel.Kernels.Scoring;
import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the fused kernels take, what they leave to single operations, and what they free. */
class FastKernelsTest {
  private static final Dim BATCH = new Dim("batch");
  private static final Dim QUERY = new Dim("query");
  private static final Dim KEY = new Dim("key");
  private static final Dim HEAD = new Dim("head");
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

  private static Bias bias(Tensor mask) {
    return new Bias(mask.unwrap().unsqueeze(0).unsqueeze(0), true, false);
  }

  /** More forms than are kept: the oldest are freed, and made again when they are asked for. */
  @Test
  void primitivesAreFreedAndMadeAgain() throws InterruptedException {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, 700).and(FEATURE, 400));
      Tensor moved = x.minus(x.mean(FEATURE));
      Tensor plain = moved.dividedBy(moved.square().mean(FEATURE).sqrt());
      for (int round = 0; round < 2; round++) {
        for (int rows = 1; rows <= 700; rows += 1) {
          try (var one = Scope.open()) {
            Tensor part = x.slice(QUERY, 0, rows);
            Tensor found = fused(part, new NormForm(true, 0));
            requireClose(found.slice(QUERY, rows - 1, rows), plain.slice(QUERY, rows - 1, rows));
            fused(part, new NormForm(false, round));
          }
        }
        System.gc();
        Thread.sleep(200); // the cleaner has a thread of its own
      }
    }
  }

  private static Tensor fused(Tensor x, NormForm form) {
    assertThat(FusedNorm.suits(x.unwrap(), null, null)).isTrue();
    return Tensor.wrap(FusedNorm.of(x.unwrap(), form, null, null), x.dims());
  }

  @Test
  void whatHasNoFusedKernelIsLeftToSingleOperations() {
    try (var scope = Scope.open()) {
      Tensor x = random.normal(Shape.of(QUERY, 5).and(FEATURE, 576));
      assertThat(FusedNorm.suits(x.unwrap(), null, null)).isTrue();
      for (Tensor other :
          List.of(
              x.to(DType.FLOAT64),
              x.slice(FEATURE, 0, 400),
              random.normal(Shape.of(QUERY, 5).and(FEATURE, 64)))) {
        assertThat(FusedNorm.suits(other.unwrap(), null, null)).isFalse();
      }
      var shape = Shape.of(BATCH, 1).and(QUERY, 5).and(HEAD, 9).and(FEATURE, 64);
      Tensor q = random.normal(shape);
      Tensor mask = Tensor.wrap(Bias.mask(5, 5, 0, 5), QUERY, KEY);
      assertThat(suits(q, q, bias(mask), 0)).isTrue();
      assertThat(suits(q, q, bias(mask), 30)).isFalse();
      assertThat(suits(q.slice(HEAD, 0, 2), q, bias(mask), 0)).isFalse();
      assertThat(suits(q.to(DType.FLOAT64), q, bias(mask), 0)).isFalse();
      assertThat(suits(Gradients.variable(q), q, bias(mask), 0)).isFalse();
      assertThat(suits(q, q, bias(mask.to(DType.FLOAT64)), 0)).isFalse();
      assertThat(suits(q.order(BATCH, QUERY, FEATURE, HEAD), q, bias(mask), 0)).isFalse();
      var perHead = Tensor.full(Shape.of(BATCH, 1).and(HEAD, 9).and(QUERY, 5).and(KEY, 5), 0);
      assertThat(suits(q, q, new Bias(perHead.unwrap(), false, false), 0)).isFalse();
    }
  }

  private static boolean suits(Tensor q, Tensor k, Bias bias, double cap) {
    return AttentionKernels.suitPattern(q.unwrap(), k.unwrap(), bias, new Scoring(1, cap));
  }
}
