package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;

/** Means over the positions of a batch that are not padding. */
record OwnPositions(TokenPositions positions) {
  /** [batch, pos, …] to [batch, …]. */
  Tensor mean(Tensor activation) {
    require(activation);
    return Scope.result(
        () -> sums(activation).dividedBy(Tensor.of(Shape.of(BATCH, positions.batch()), counts())));
  }

  /** [batch, pos, …] to […]. */
  Tensor meanOfAll(Tensor activation) {
    require(activation);
    double count = 0;
    for (float each : counts()) {
      count += each;
    }
    double all = count;
    return Scope.result(() -> sums(activation).sum(BATCH).dividedBy(all));
  }

  private Tensor sums(Tensor activation) {
    Tensor precise =
        activation.dtype() == DType.FLOAT64 ? activation : activation.to(DType.FLOAT32);
    return positions.isPadded()
        ? precise.where(mask(), Tensor.full(Shape.SCALAR, 0)).sum(POS)
        : precise.sum(POS);
  }

  /** 1 at a text's own positions, 0 at padding [batch, pos]. */
  private Tensor mask() {
    int length = positions.length();
    float[] mask = new float[positions.batch() * length];
    for (int text = 0; text < positions.batch(); text++) {
      Arrays.fill(mask, text * length + padding(text), (text + 1) * length, 1);
    }
    return Tensor.of(Shape.of(BATCH, positions.batch()).and(POS, length), mask);
  }

  private float[] counts() {
    float[] counts = new float[positions.batch()];
    for (int text = 0; text < counts.length; text++) {
      counts[text] = positions.length() - padding(text);
    }
    return counts;
  }

  /** How many of this run's positions are a text's padding. */
  private int padding(int text) {
    return Math.max(
        0, Math.min(positions.length(), positions.paddings().get(text) - positions.start()));
  }

  private void require(Tensor activation) {
    if (!activation.has(BATCH)
        || !activation.has(POS)
        || activation.size(BATCH) != positions.batch()
        || activation.size(POS) != positions.length()) {
      throw new FresnelException(
          "a mean over the run's positions needs an activation [batch %d, pos %d, …], got %s; capture it at all positions"
              .formatted(positions.batch(), positions.length(), activation));
    }
  }
}
