package dev.fresnel.train;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.POS_EMBED;
import static dev.fresnel.hook.HookKind.RESID_MID;
import static dev.fresnel.hook.HookKind.RESID_PRE;

import dev.fresnel.analysis.Passages;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightKind;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.CrossEntropy;
import dev.fresnel.tensor.grad.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The loss of a batch, with its gradients. */
final class NextTokenLoss {
  /** Values that several parts of the model read: the tape adds up their gradients. */
  private static final Set<HookKind> SHARED = Set.of(POS_EMBED, RESID_PRE, RESID_MID);

  private NextTokenLoss() {}

  /**
   * What some texts of a batch add to its mean loss, with the gradients. All logits are never in
   * memory at once.
   *
   * @param rows one token longer than what the model reads
   * @param allRows the number of texts in the batch
   * @param variables the tensors of which the model's weights are views
   */
  static Derived derived(Transformer model, List<int[]> rows, int allRows, List<Tensor> variables) {
    var texts = Passages.of(rows);
    try (var tape = Tape.open();
        var run = model.run(texts.read(), gathering(model, tape))) {
      Tensor last = run.normalized();
      Tensor wU = model.weight(WeightKind.W_U.inModel());
      Tensor bU =
          model.has(WeightKind.B_U.inModel()) ? model.weight(WeightKind.B_U.inModel()) : null;
      double factor = 1.0 / allRows / last.size(POS);
      var end = CrossEntropy.ofLinear(last, wU, bU, D_MODEL, texts.targets(), factor);
      if (!Double.isFinite(end.loss())) {
        return new Derived(end.loss(), List.of());
      }
      var values = new ArrayList<>(List.of(last, wU));
      var derivatives = new ArrayList<>(List.of(end.input(), end.weight()));
      if (bU != null && end.bias() != null) {
        values.add(bU);
        derivatives.add(end.bias());
      }
      return new Derived(end.loss(), tape.gradients(values, derivatives, variables));
    }
  }

  private static RunPlan gathering(Transformer model, Tape tape) {
    RunPlan plan = RunPlan.nothing();
    for (HookPoint point : model.hookPoints()) {
      if (SHARED.contains(point.kind())) {
        plan = plan.edit(point, (x, at) -> tape.gather(x));
      }
    }
    return plan;
  }

  /**
   * A loss with its gradients.
   *
   * @param loss in nats
   * @param gradients one per variable, in its shape; none if the loss is not finite
   */
  record Derived(double loss, List<Tensor> gradients) {}
}
