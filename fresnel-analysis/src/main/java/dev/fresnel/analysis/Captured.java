package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Tensor;

/** What an analysis reads from a run's cache. */
final class Captured {
  private Captured() {}

  /**
   * The activation at a place, at every position of the run.
   *
   * @param plan what gives the plan that captures it, such as {@code LogitLens.plan()}
   * @throws FresnelException naming the place and {@code plan} if the run did not capture it, or
   *     captured some positions only
   */
  static Tensor whole(Run run, HookPoint point, String plan) {
    int layers = run.model().layers();
    if (point.layer() >= layers) {
      throw new FresnelException(
          "there is no layer %d: the model has layers 0 to %d"
              .formatted(point.layer(), layers - 1));
    }
    if (!run.cache().has(point)) {
      throw new FresnelException(
          "%s was not captured, and this analysis reads it: run the model with %s, through all layers"
              .formatted(point, plan));
    }
    Tensor activation = run.cache().get(point);
    long kept = activation.size(point.kind().positions());
    int length = run.tokens().length();
    if (kept != length) {
      throw new FresnelException(
          "%s was captured at %d of %d positions, and this analysis reads all: run the model with %s, without atPositions()"
              .formatted(point, kept, length, plan));
    }
    return activation;
  }
}
