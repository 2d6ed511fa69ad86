package dev.fresnel.train;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.POS_EMBED;
import static dev.fresnel.hook.HookKind.RESID_MID;
import static dev.fresnel.hook.HookKind.RESID_PRE;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.grad.CrossEntropy;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.grad.Tape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** How badly a run predicted each next token, in nats. */
final class NextTokenLoss {
  /** What several parts of the model read. */
  private static final Set<HookKind> SHARED = Set.of(POS_EMBED, RESID_PRE, RESID_MID);

  private NextTokenLoss() {}

  /** The mean over all texts and positions. */
  static Tensor mean(Run run) {
    return CrossEntropy.mean(logits(run), D_VOCAB, next(run.tokens()));
  }

  /**
   * What some texts add to the mean of a batch, with what that derives to, without ever having all
   * logits in memory.
   *
   * @param allRows how many texts the batch has
   * @param variables what the model's weights are views of
   */
  static Derived derived(Transformer model, Tokens rows, int allRows, List<Tensor> variables) {
    try (var tape = Tape.open();
        var run = model.run(rows, gathering(model, tape))) {
      Tensor last = run.normalized().slice(POS, 0, rows.length() - 1);
      Tensor wU = model.weight("unembed.W_U");
      Tensor bU = model.weightNames().contains("unembed.b_U") ? model.weight("unembed.b_U") : null;
      double factor = 1.0 / allRows / last.size(POS);
      var end = CrossEntropy.ofAffine(last, wU, bU, D_MODEL, next(rows), factor);
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
   * @param loss in nats
   * @param gradients one a variable, in its shape; none if the loss is not finite
   */
  record Derived(double loss, List<Tensor> gradients) {}

  /** [batch, pos]: entry i is the loss of token i + 1. */
  static Tensor each(Run run) {
    return CrossEntropy.each(logits(run), D_VOCAB, next(run.tokens()));
  }

  private static Tensor logits(Run run) {
    Tensor normalized = run.normalized();
    return run.model().unembed(normalized.slice(POS, 0, run.tokens().length() - 1));
  }

  private static Tensor next(Tokens tokens) {
    int length = tokens.length() - 1;
    long[] ids = new long[tokens.batch() * length];
    for (int row = 0; row < tokens.batch(); row++) {
      for (int position = 0; position < length; position++) {
        ids[row * length + position] = tokens.id(row, position + 1);
      }
    }
    return Tensor.of(Shape.of(BATCH, tokens.batch()).and(POS, length), ids);
  }
}
