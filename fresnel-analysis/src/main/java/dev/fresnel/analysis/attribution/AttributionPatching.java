package dev.fresnel.analysis.attribution;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.ActivationCache;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.grad.Tape;
import dev.fresnel.text.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Attribution patching: an estimate of what patching each activation of a corrupted run with that
 * of a clean run would do to a metric. It is the difference of the activations times the gradient
 * in the corrupted run, the first term of a Taylor series. Two runs and one pass back give the
 * estimates of all places. They are good where the metric is nearly linear between the two runs:
 * compare some with exact patches, by {@link Agreement}.
 *
 * <pre>{@code
 * var effects = AttributionPatching.of(model, clean, corrupted, metric, HookKind.Z);
 * effects.byHead().ranked();
 * }</pre>
 *
 * <p>Source: Nanda 2023, "Attribution Patching: Activation Patching At Industrial Scale".
 */
public final class AttributionPatching {
  private AttributionPatching() {}

  /**
   * The estimates for one kind of activation.
   *
   * @throws FresnelException as {@link #of(Transformer, Tokens, Tokens, Metric, List)}
   */
  public static NodeEffects of(
      Transformer model, Tokens clean, Tokens corrupted, Metric metric, HookKind what) {
    return of(model, clean, corrupted, metric, List.of(what)).get(0);
  }

  /**
   * The estimates for several kinds of activation, from the same two runs.
   *
   * @param clean one text or several without padding
   * @param corrupted as many, of as many tokens; the effects of several texts are added, so a
   *     metric that is their mean gives the mean
   * @param kinds kinds that each block has at each position, such as RESID_PRE, ATTN_OUT, MLP_OUT,
   *     Z, Q, K and V
   * @return the estimates in the order of the kinds
   * @throws FresnelException if the texts have different numbers of tokens, or a kind has no
   *     positions or is not in blocks
   */
  public static List<NodeEffects> of(
      Transformer model, Tokens clean, Tokens corrupted, Metric metric, List<HookKind> kinds) {
    var pair = new TokenPair(clean, corrupted);
    kinds.forEach(AttributionPatching::requireByPosition);
    var plan = RunPlan.capture(kinds.toArray(HookKind[]::new));
    try (Run cleanRun = model.run(pair.clean(), plan);
        var tape = Tape.open();
        Run corruptedRun = model.run(pair.corrupted(), ResidualEdges.recorded(plan, model, tape));
        var scope = Scope.open()) {
      var points = List.copyOf(corruptedRun.cache().points());
      Tensor corruptedValue = metric.of(corruptedRun);
      var found =
          tape.gradientsOrZero(
              corruptedValue, points.stream().map(corruptedRun.cache()::get).toList());
      var gradients = new LinkedHashMap<HookPoint, Tensor>();
      for (int i = 0; i < found.size(); i++) {
        gradients.put(points.get(i), found.get(i));
      }
      double cleanValue = metric.of(cleanRun).item();
      return Gradients.unrecorded(
          () ->
              kinds.stream()
                  .map(
                      kind ->
                          new NodeEffects(
                              kind,
                              cleanValue,
                              corruptedValue.item(),
                              values(kind, cleanRun.cache(), corruptedRun.cache(), gradients)))
                  .toList());
    }
  }

  private static void requireByPosition(HookKind kind) {
    if (kind.place() != HookKind.Place.BLOCK || !kind.dims().contains(POS)) {
      throw new FresnelException(
          kind
              + " cannot be attributed by layer and position; give a kind of each block, such as"
              + " RESID_PRE, ATTN_OUT, MLP_OUT, Z, Q, K or V");
    }
  }

  private static double[][][] values(
      HookKind kind,
      ActivationCache clean,
      ActivationCache corrupted,
      Map<HookPoint, Tensor> gradients) {
    return gradients.keySet().stream()
        .filter(point -> point.kind() == kind)
        .map(
            point ->
                effect(
                    Scope.result(
                        () ->
                            clean
                                .get(point)
                                .minus(corrupted.get(point))
                                .times(gradients.get(point)))))
        .toArray(double[][][]::new);
  }

  /** The sum over all axes but position and head [position][head]. */
  private static double[][] effect(Tensor products) {
    var summed =
        products.dims().stream()
            .filter(dim -> !dim.equals(POS) && !dim.equals(HEAD) && !dim.equals(KV_HEAD))
            .toArray(Dim[]::new);
    try (var scope = Scope.open()) {
      Tensor sums = products.sum(summed);
      int positions = (int) sums.size(POS);
      float[] numbers = sums.floats();
      int heads = numbers.length / positions;
      double[][] effect = new double[positions][heads];
      for (int i = 0; i < numbers.length; i++) {
        effect[i / heads][i % heads] = numbers[i];
      }
      return effect;
    }
  }
}
