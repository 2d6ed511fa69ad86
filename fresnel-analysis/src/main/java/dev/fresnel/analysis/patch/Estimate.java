package dev.fresnel.analysis.patch;

import dev.fresnel.analysis.attribution.AttributionPatching;
import dev.fresnel.analysis.attribution.NodeEffects;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attribution patching as a sweep: the cells of {@link ActivationPatching}, estimated. */
record Estimate(ActivationPatching patching, List<PromptPair> pairs) {
  /**
   * @param stopped an estimate that was stopped; null to begin
   */
  Sweep sweep(@Nullable Sweep stopped, SweepProgress progress) {
    patching.requireAlike(pairs);
    if (patching.what() == PatchSite.HEAD_PATTERN) {
      throw new FresnelException(
          "patterns are not estimated by position; estimate head_q, head_k, head_v or head_out");
    }
    String method = patching.direction().label() + ", estimated by gradients";
    var kind = patching.kind("attribution-patch", method, pairs);
    var tally = new Tally(kind, pairs, progress).continuing(stopped);
    tally.each(pair -> estimate(pair, tally));
    return tally.sweep(true);
  }

  private void estimate(PromptPair pair, Tally tally) {
    var model = patching.model();
    if (tally.knows(pair, model, patching.measure())) {
      return;
    }
    GradientMemory.require(patching.estimatePeakBytes(pair.length()), patching.memory());
    boolean restores = patching.direction() == Direction.CLEAN_INTO_CORRUPTED;
    try (var clean = model.run(pair.clean(), RunPlan.nothing())) {
      var metric = patching.measure().metric(clean, pair);
      var effects =
          AttributionPatching.of(
              model,
              restores ? pair.clean() : pair.corrupted(),
              restores ? pair.corrupted() : pair.clean(),
              metric,
              patching.what().kind());
      double source = effects.clean();
      double base = effects.corrupted();
      tally.begin(restores ? source : base, restores ? base : source);
      double[] found = patching.by() == PatchBy.HEAD ? byHead(effects) : effects.flat();
      tally.all(Arrays.stream(found).map(effect -> base + effect).toArray());
    }
  }

  private static double[] byHead(NodeEffects effects) {
    return Arrays.stream(effects.byHead().toArray()).flatMapToDouble(Arrays::stream).toArray();
  }
}
