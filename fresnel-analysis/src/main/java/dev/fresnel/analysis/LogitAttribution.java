package dev.fresnel.analysis;

import dev.fresnel.analysis.Attribution.Component;
import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits a logit into the shares of the model's parts. The residual stream is a sum of what each
 * part writes, and the final norm is linear once its scale is held, so each part has a share of the
 * logit.
 *
 * <pre>{@code
 * var target = LogitTarget.difference(mary, john);
 * try (var run = model.run(tokens, LogitAttribution.plan(model))) {
 *   LogitAttribution.of(run, 0, 14, target).scores().ranked().get(0);   // the head that adds most
 *   LogitAttribution.everywhere(run, 0, target).of("L9H6");             // its shares by position
 * }
 * }</pre>
 *
 * <p>The divisors of norms are held at their values in the run. If the model caps its logits, the
 * logit before the cap is meant. Positions count from 0, BOS included; a text's padding is left
 * out.
 *
 * <p>Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
 */
public final class LogitAttribution {
  private static final Comparator<ScoredNeuron> FURTHEST_FROM_0 =
      Comparator.comparingDouble(neuron -> -Math.abs(neuron.score()));

  private LogitAttribution() {}

  /**
   * What a run has to capture so that each part of the model has a share of its own: every layer's
   * Z, and what the model has of MLP_OUT, norms behind attention, and an embedding that is scaled
   * or normalized.
   */
  public static RunPlan plan(Transformer model) {
    var config = model.config();
    var plan = RunPlan.capture(HookKind.Z);
    if (!config.attentionOnly()) {
      plan = plan.and(RunPlan.capture(HookKind.MLP_OUT));
    }
    if (!(config.normBehind() instanceof Norm.None)) {
      plan = plan.and(RunPlan.capture(HookKind.LN1_POST_SCALE));
    }
    return config.embeddingNorm() instanceof Norm.None
        ? plan
        : plan.and(RunPlan.capture(HookKind.EMBED));
  }

  /** What a run has to capture for {@link #neurons}: MLP_POST, and norms behind the MLP. */
  public static RunPlan neuronPlan(Transformer model) {
    var plan = RunPlan.capture(HookKind.MLP_POST);
    return model.config().normBehind() instanceof Norm.None
        ? plan
        : plan.and(RunPlan.capture(HookKind.LN2_POST_SCALE));
  }

  /**
   * How much each head adds to the logit of the token that really comes next, and what everything
   * else adds. All shares add up to the logit, in natural log units.
   *
   * <p>Run the model with {@link #plan}. If the run captured MLP_OUT, each layer's MLP is a
   * component of its own; otherwise the MLPs are one component.
   *
   * @param position counted from 0, BOS included
   * @throws FresnelException if the run did not capture Z or did not reach the model's end, if it
   *     holds several texts or only the rest of one, or if no token comes after {@code position}
   */
  public static Attribution ofNextToken(Run run, int position) {
    return ofNextToken(run, position, Method.DIRECT);
  }

  /**
   * The same by a method of choice. {@link Method#WORKSHOP} unembeds each head's result without the
   * final norm. The unembedding's bias is then part of every head's score, so the scores do not add
   * up to the logit.
   */
  public static Attribution ofNextToken(Run run, int position, Method method) {
    return of(run, 0, position, LogitTarget.ofNextToken(run, position), method);
  }

  /** The same for any token or the difference of two, at any position of any text of a batch. */
  public static Attribution of(Run run, int text, int position, LogitTarget target) {
    return of(run, text, position, target, Method.DIRECT);
  }

  /**
   * @throws FresnelException if there is no such text, position or token, or the run did not
   *     capture what this reads
   */
  public static Attribution of(Run run, int text, int position, LogitTarget target, Method method) {
    var cells = Cells.at(run, text, position);
    var model = run.model();
    try (var scope = Scope.open()) {
      var shares = new LogitReading(LogitDirection.of(cells, target, method)).shares();
      var components = new ArrayList<Component>();
      shares.others().forEach((name, scores) -> components.add(new Component(name, scores[0])));
      double[][] scores =
          shares.layers().stream()
              .map(layer -> Arrays.stream(layer.heads()).mapToDouble(each -> each[0]).toArray())
              .toArray(double[][]::new);
      return new Attribution(
          position,
          cells.tokens().get(0),
          labelled(run, text, position, target),
          minus(model, target),
          method,
          HeadValues.of(scores),
          components,
          shares.logits()[0]);
    }
  }

  /** The target's token, with the text that the run read, where it comes next. */
  private static Token labelled(Run run, int text, int position, LogitTarget target) {
    int next = run.tokens().padding(text) + position + 1;
    boolean comesNext =
        next < run.tokens().length() && run.tokens().id(text, next) == target.token();
    return comesNext
        ? run.tokens().row(text).get(next)
        : TokenTexts.token(run.model(), target.token());
  }

  private static @Nullable Token minus(Transformer model, LogitTarget target) {
    return target.minus().isPresent() ? TokenTexts.token(model, target.minus().getAsInt()) : null;
  }

  /**
   * The shares of one target at every position of a text.
   *
   * @throws FresnelException as {@link #of(Run, int, int, LogitTarget)}
   */
  public static PositionAttribution everywhere(Run run, int text, LogitTarget target) {
    var cells = Cells.all(run, text);
    var token = TokenTexts.token(run.model(), target.token());
    try (var scope = Scope.open()) {
      var shares = new LogitReading(LogitDirection.of(cells, target, Method.DIRECT)).shares();
      var targets = Collections.nCopies(cells.count(), token);
      return everywhere(cells, shares, targets, minus(run.model(), target));
    }
  }

  /**
   * The shares of the token that really comes next, at every position of a text that has a next
   * token.
   *
   * @throws FresnelException as {@link #ofNextToken(Run, int)}
   */
  public static PositionAttribution everywhereOfNextTokens(Run run, int text) {
    var all = Cells.all(run, text);
    Texts.requireNext(run, 0);
    var cells = all.without(1);
    var targets = all.tokens().subList(1, all.count());
    try (var scope = Scope.open()) {
      int[] ids = targets.stream().mapToInt(Token::id).toArray();
      return everywhere(
          cells, new LogitReading(LogitDirection.ofEach(cells, ids)).shares(), targets, null);
    }
  }

  private static PositionAttribution everywhere(
      Cells cells, LogitReading.Shares shares, List<Token> targets, @Nullable Token minus) {
    var layers = shares.layers();
    var parts = new ArrayList<String>();
    var scores = new ArrayList<double[]>();
    for (int layer = 0; layer < layers.size(); layer++) {
      double[][] heads = layers.get(layer).heads();
      for (int head = 0; head < heads.length; head++) {
        parts.add(new HeadId(layer, head).label());
        scores.add(heads[head]);
      }
    }
    shares
        .others()
        .forEach(
            (name, byPosition) -> {
              parts.add(name);
              scores.add(byPosition);
            });
    return new PositionAttribution(
        cells.tokens(), targets, minus, parts, scores.toArray(double[][]::new), shares.logits());
  }

  /**
   * The neurons that add most to a logit, or take most from it, those furthest from 0 first. A
   * layer's neurons and the MLP's output bias add up to that layer's MLP. Run the model with {@link
   * #neuronPlan}.
   *
   * @param count how many neurons, 0 or more; fewer are given where there are fewer
   * @throws FresnelException as {@link #of(Run, int, int, LogitTarget)}, and if the model has no
   *     MLP, or the count is negative
   */
  public static List<ScoredNeuron> neurons(
      Run run, int text, int position, LogitTarget target, int count) {
    if (run.model().config().attentionOnly()) {
      throw new FresnelException(
          run.model().config().name() + " has attention alone, so it has no neurons");
    }
    if (count < 0) {
      throw new FresnelException("expected a number of neurons from 0 on, got " + count);
    }
    try (var scope = Scope.open()) {
      var reading =
          new LogitReading(LogitDirection.of(Cells.at(run, text, position), target, Method.DIRECT));
      var found = new ArrayList<ScoredNeuron>();
      for (int layer = 0; layer < run.model().layers(); layer++) {
        float[] scores = reading.neurons(layer);
        for (int neuron = 0; neuron < scores.length; neuron++) {
          found.add(new ScoredNeuron(layer, neuron, scores[neuron]));
        }
      }
      found.sort(FURTHEST_FROM_0);
      return List.copyOf(found.subList(0, Math.min(count, found.size())));
    }
  }
}
