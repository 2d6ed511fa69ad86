package dev.fresnel.model;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.ActivationCache;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import java.util.Arrays;
import java.util.LinkedHashMap;

/**
 * The gradients of a metric with respect to what a run captured.
 *
 * @param owner the run's
 */
record RunGradients(Run run, Owner owner) {
  /** Nothing follows from gradients. */
  private static final ActivationCache.Derivation NONE =
      ActivationCache.Derivation.none(
          "has no gradient here; there is that of %s; name it among the points:"
              + " gradients(metric, %s)");

  ActivationCache of(Metric metric, HookPoint... points) {
    var cache = run.cache();
    var wanted =
        (points.length == 0 ? cache.points().stream() : Arrays.stream(points))
            .peek(point -> requireCaptured(cache, point))
            .filter(point -> cache.get(point).dtype().isFloatingPoint())
            .toList();
    var found = new LinkedHashMap<HookPoint, Tensor>();
    try (var scope = Scope.open()) {
      var kept = wanted.stream().map(cache::get).toList();
      var gradients = Gradients.orZero(metric.of(run), kept);
      for (int i = 0; i < kept.size(); i++) {
        String label = "the gradient at " + wanted.get(i).name();
        found.put(wanted.get(i), owner.keep(gradients.get(i), label));
      }
    }
    return new ActivationCache(found, run.model().layers(), NONE);
  }

  /** What the cache computes from something else is no part of the run, so it has no gradient. */
  private static void requireCaptured(ActivationCache cache, HookPoint point) {
    if (cache.has(point) && !cache.get(point).dtype().isFloatingPoint()) {
      throw new FresnelException(
          "%s holds %s, which have no gradient; name places with floating-point numbers"
              .formatted(point, cache.get(point).dtype().label()));
    }
    cache.get(point);
    if (!cache.has(point)) {
      throw new FresnelException(
          "%s was not captured, but computed from another place, so it has no gradient; run a plan with RunPlan.capture(%s)"
              .formatted(point, point.kind()));
    }
  }
}
