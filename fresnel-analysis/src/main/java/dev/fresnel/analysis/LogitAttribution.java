package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.LAYER;
import static dev.fresnel.hook.Dims.ONE;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.model.WeightKind.B_O;
import static dev.fresnel.model.WeightKind.B_U;
import static dev.fresnel.model.WeightKind.LN1_POST_W;
import static dev.fresnel.model.WeightKind.LN_FINAL_B;
import static dev.fresnel.model.WeightKind.LN_FINAL_W;
import static dev.fresnel.model.WeightKind.W_E;
import static dev.fresnel.model.WeightKind.W_O;
import static dev.fresnel.model.WeightKind.W_POS;
import static dev.fresnel.model.WeightKind.W_U;

import dev.fresnel.analysis.Attribution.Component;
import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Splits a logit into the shares of the model's parts. The residual stream is a sum of what each
 * part writes, and the final norm is linear once its scale is held, so each part has a share of the
 * logit.
 *
 * <p>Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
 */
public final class LogitAttribution {
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

  /**
   * How much each head adds to the logit of the token that really comes next, and what everything
   * else adds. All shares add up to the logit, in natural log units.
   *
   * <p>Run the model with {@link #plan}. If the run captured MLP_OUT, each layer's MLP is a
   * component of its own; otherwise the MLPs are one component. The divisors of norms are held at
   * their values in this run. If the model caps its logits, the logit before the cap is meant.
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
    Texts.requireOne(run);
    Texts.requireFromTheStart(run);
    Texts.requireNext(run, position);
    try (var scope = Scope.open()) {
      var reading = new Reading(run, position, method);
      double[][] heads = reading.heads();
      List<Component> components = method == Method.DIRECT ? reading.components(heads) : List.of();
      var tokens = run.tokens().row(0);
      return new Attribution(
          position,
          tokens.get(position),
          tokens.get(position + 1),
          method,
          HeadValues.of(heads),
          components,
          reading.logit());
    }
  }

  /** One logit at one position: the direction of the residual stream that it reads. */
  private static final class Reading {
    private final Run run;
    private final Transformer model;
    private final int position;
    private final Method method;
    private final int next;
    private final Tensor column;
    private final Tensor direction;
    private final double bias;

    Reading(Run run, int position, Method method) {
      this.run = run;
      this.model = run.model();
      this.position = position;
      next = run.tokens().id(0, position + 1);
      requireCanBePredicted();
      column = model.weight(W_U.inModel()).select(D_VOCAB, next);
      bias = has(B_U) ? model.weight(B_U.inModel()).select(D_VOCAB, next).item() : 0;
      this.method = method;
      direction = method == Method.DIRECT ? throughNorm(column) : column;
    }

    private void requireCanBePredicted() {
      int predicted = model.config().sizes().vocabularyOut();
      if (next >= predicted) {
        throw new FresnelException(
            "token "
                + next
                + " cannot be predicted by this model: it predicts ids 0 to "
                + (predicted - 1)
                + "; choose a position before another token");
      }
    }

    private boolean has(WeightKind kind) {
      return model.has(kind.inModel());
    }

    /** The direction whose product with the residual stream is the logit without its bias. */
    private Tensor throughNorm(Tensor column) {
      Norm norm = model.config().norm();
      return norm instanceof Norm.None
          ? column
          : before(norm, LN_FINAL_W.inModel(), run.finalScale(), column);
    }

    /** The same direction for what a layer's heads write, before the norm behind them, if any. */
    private Tensor alongHeads(int layer) {
      Norm behind = model.config().normBehind();
      if (behind instanceof Norm.None || method == Method.WORKSHOP) {
        return direction;
      }
      Tensor scale = captured(HookKind.LN1_POST_SCALE.at(layer));
      return before(behind, LN1_POST_W.at(layer), scale, direction);
    }

    /**
     * A direction of a norm's input that gives the same product as a direction of its output. The
     * norm is linear, because its divisor is held.
     *
     * @param divisor what the norm divided by [batch, pos, one]
     */
    private Tensor before(Norm norm, WeightName weight, Tensor divisor, Tensor along) {
      Tensor read = model.has(weight) ? along.times(model.weight(weight)) : along;
      Tensor linear = norm instanceof Norm.Layer ? read.minus(read.mean(D_MODEL)) : read;
      return linear.dividedBy(divisor.select(BATCH, 0).select(POS, position).squeeze(ONE));
    }

    double[][] heads() {
      double added = method == Method.WORKSHOP ? bias : 0;
      var mixed = new ArrayList<Tensor>();
      for (int layer = 0; layer < model.layers(); layer++) {
        Tensor z = captured(HookKind.Z.at(layer));
        mixed.add(z.select(BATCH, 0).select(POS, position));
      }
      List<Tensor> read = readOfZ();
      float[] written =
          Tensor.stack(LAYER, mixed)
              .times(Tensor.stack(LAYER, read))
              .sum(D_HEAD)
              .order(LAYER, HEAD)
              .floats();
      double[][] scores = new double[model.layers()][model.heads()];
      for (int i = 0; i < written.length; i++) {
        scores[i / model.heads()][i % model.heads()] = written[i] + added;
      }
      return scores;
    }

    /** What each number of a layer's z adds to the logit, [head, d_head] by layer. */
    private List<Tensor> readOfZ() {
      if (model.config().normBehind() instanceof Norm.None) {
        return model.outputsAlong(direction);
      }
      return IntStream.range(0, model.layers())
          .mapToObj(layer -> model.weight(W_O.at(layer)).dot(alongHeads(layer), D_MODEL))
          .toList();
    }

    private Tensor captured(HookPoint point) {
      return Captured.whole(run, point, "LogitAttribution.plan(model)");
    }

    /** Everything except the heads. MLPs that were not captured are what remains of the logit. */
    List<Component> components(double[][] heads) {
      var components = new ArrayList<Component>();
      components.add(new Component("embed", read(embedded())));
      if (model.config().positional() instanceof Positional.Learned) {
        components.add(
            new Component("pos_embed", read(model.weight(W_POS.inModel()).select(POS, position))));
      }
      double biases = attentionBiases() + normBias() + bias;
      components.addAll(mlps(components, heads, biases));
      components.add(new Component("bias", biases));
      return components;
    }

    /** The embedding as it entered the residual stream; a plain one is a row of W_E. */
    private Tensor embedded() {
      boolean plain = model.config().embeddingNorm() instanceof Norm.None;
      return plain && !run.cache().has(HookKind.EMBED.inModel())
          ? model.weight(W_E.inModel()).select(D_VOCAB, id(position))
          : captured(HookKind.EMBED.inModel()).select(BATCH, 0).select(POS, position);
    }

    private int id(int at) {
      return run.tokens().id(0, at);
    }

    private double read(Tensor vector) {
      return vector.dot(direction, D_MODEL).item();
    }

    /** What each vector adds to the logit. */
    private float[] read(List<Tensor> vectors) {
      return vectors.isEmpty()
          ? new float[0]
          : Tensor.stack(LAYER, vectors).dot(direction, D_MODEL).floats();
    }

    private double attentionBiases() {
      double sum = 0;
      for (int layer = 0; layer < model.layers(); layer++) {
        var name = B_O.at(layer);
        if (model.has(name)) {
          sum += model.weight(name).dot(alongHeads(layer), D_MODEL).item();
        }
      }
      return sum;
    }

    private double normBias() {
      return has(LN_FINAL_B) ? model.weight(LN_FINAL_B.inModel()).dot(column, D_MODEL).item() : 0;
    }

    private List<Component> mlps(List<Component> embeddings, double[][] heads, double biases) {
      if (model.config().attentionOnly()) {
        return List.of();
      }
      var outputs = new ArrayList<Tensor>();
      for (int layer = 0; layer < model.layers(); layer++) {
        if (run.cache().has(HookKind.MLP_OUT.at(layer))) {
          Tensor output = captured(HookKind.MLP_OUT.at(layer));
          outputs.add(output.select(BATCH, 0).select(POS, position));
        }
      }
      if (outputs.size() == model.layers()) {
        var components = new ArrayList<Component>();
        for (float written : read(outputs)) {
          components.add(new Component("L" + components.size() + " mlp", written));
        }
        return components;
      }
      double known = biases - bias - normBias();
      for (Component component : embeddings) {
        known += component.score();
      }
      for (double[] layer : heads) {
        for (double head : layer) {
          known += head;
        }
      }
      Tensor end = run.residual().select(BATCH, 0).select(POS, position);
      return List.of(new Component("mlps", read(end) - known));
    }

    /** One column of the unembedding is enough for one logit. */
    double logit() {
      return run.normalized().select(BATCH, 0).select(POS, position).dot(column, D_MODEL).item()
          + bias;
    }
  }
}
