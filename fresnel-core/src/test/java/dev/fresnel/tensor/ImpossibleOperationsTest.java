package dev.fresnel.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.grad.AdamW;
import dev.fresnel.tensor.grad.CrossEntropy;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What cannot be computed is said with its names and sizes, never in libtorch's words. */
class ImpossibleOperationsTest {
  private static final Dim A = new Dim("a");
  private static final Dim B = new Dim("b");
  private static final Tensor X = Tensor.full(Shape.of(A, 2).and(B, 3), 1.5);
  private static final Tensor LONGS = X.to(DType.INT64);

  private static void refused(ThrowingCallable call, String... said) {
    assertThatThrownBy(call).isInstanceOf(FresnelException.class).hasMessageContainingAll(said);
  }

  @Test
  void aDimensionNamedTwiceIsNamed() {
    refused(() -> X.sum(A, A), "dimension a is named twice", "[a 2, b 3]");
    refused(() -> X.dot(X, B, B), "dimension b is named twice");
    refused(() -> X.order(A, A), "cannot order [a 2, b 3] as [a, a]");
    refused(() -> X.merge(A, A, B), "dimension a is named twice");
    refused(() -> X.merge(A, new Dim("c"), B), "no dimension c");
  }

  @Test
  void countsThatNoTensorHasAreRefused() {
    refused(() -> X.repeatEach(A, -1), "-1 times");
    refused(() -> X.repeatEach(A, Long.MAX_VALUE), "times");
    refused(() -> X.repeatEach(A, 1L << 58), "not enough memory");
    refused(
        () -> Tensor.full(Shape.of(A, 1L << 60), 0),
        "not enough memory",
        "[a 1152921504606846976]");
    refused(() -> TensorBuilder.of(Shape.of(A, 1L << 60)), "not enough memory");
    refused(() -> Shape.of(A, 1L << 40).and(B, 1L << 40).count(), "64 bits");
    assertThat(X.repeatEach(A, 0).shape()).isEqualTo(Shape.of(A, 0).and(B, 3));
  }

  @Test
  void aViewOfMoreNumbersThanAnArrayHoldsIsNotCopiedOut() {
    Tensor wide = Tensor.of(Shape.of(A, 1), 7).strided(0, Shape.of(B, 1L << 31), 0);
    refused(wide::floats, "2147483648 numbers");
    refused(wide::longs, "2147483648 numbers");
    refused(wide::bytes, "2147483648 numbers");
    assertThat(wide.select(B, 1L << 30).item()).isEqualTo(7);
    refused(
        () -> Tensor.of(Shape.of(A, 1), 7).strided(0, Shape.of(B, 5), Long.MAX_VALUE / 2), "past");
  }

  @Test
  void typesThatDoNotGoTogetherAreNamed() {
    refused(() -> X.dot(LONGS, B), "one type", "float32", "int64");
    refused(() -> LONGS.mean(A), "floating-point", "int64");
    refused(() -> X.to(DType.BOOL).minus(X.to(DType.BOOL)), "minus", "type", "bool");
    refused(() -> LONGS.with(A, 0, 0.5), "0.5", "int64");
    refused(() -> LONGS.with(A, 0, X.select(A, 0)), "int64", "float32");
    refused(() -> X.to(DType.INT8).with(A, 0, 300), "does not fit", "int8");
  }

  @Test
  void tensorsThatDoNotJoinAreNamed() {
    refused(() -> Tensor.stack(A, List.of(X, X)), "stack along a", "concatenate");
    refused(() -> Tensor.concatenate(new Dim("c"), List.of(X, X)), "no dimension c");
    refused(() -> Tensor.stack(new Dim("c"), List.of(X, X.slice(A, 0, 1))), "a differs");
    refused(() -> Tensor.concatenate(A, List.of(X, X.select(B, 0))), "b differs");
  }

  /** 300 squared is more than float16 holds, the norm is not. */
  @Test
  void theNormOfHalfPrecisionIsItsNumber() {
    assertThat(Tensor.full(Shape.of(A, 4), 300).to(DType.FLOAT16).norm(A).item()).isEqualTo(600);
  }

  @Test
  void aTargetThatIsNoChoiceIsAnError() {
    for (long target : new long[] {3, -1, -100}) {
      Tensor targets = Tensor.ofLongs(Shape.of(A, 2), 0, target);
      refused(() -> CrossEntropy.mean(X, B, targets), "target", "[a 2, b 3]");
      refused(
          () ->
              CrossEntropy.ofLinear(
                  X, Tensor.full(Shape.of(B, 3).and(new Dim("c"), 3), 1), null, B, targets, 1),
          "target");
    }
  }

  @Test
  void aStepNeedsAGradientForEachVariable() {
    var settings = new AdamW.Settings(0.9, 0.99, 1e-8, 0);
    var zeros = AdamW.zeros(List.of(X));
    refused(() -> new AdamW(settings, List.of(X), zeros, List.of(), 0), "1 variables, 1 means");
    var optimizer = new AdamW(settings, List.of(X.copy()), zeros, AdamW.zeros(List.of(X)), 0);
    refused(() -> optimizer.step(List.of(), 0.1, 1), "0 gradients");
    refused(() -> optimizer.step(List.of(X.slice(A, 0, 1)), 0.1, 1), "must have its shape");
  }
}
