package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.ActivationCache;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a model over a batch of texts: its captured activations and its logits. It owns
 * native memory; {@link #close} frees everything taken from it. Any thread may close it at any
 * time: what another thread computes with it at that moment is completed, and its next step is an
 * error.
 *
 * <p>Logits are computed on request, and only for the requested positions.
 */
public final class Run implements AutoCloseable {
  /**
   * The outputs of the forward pass: none if it stopped after its captures, only a residual stream
   * if it stopped at a layer, otherwise all.
   */
  record End(@Nullable Tensor residual, @Nullable Tensor scale, @Nullable Tensor normalized) {
    static final End EARLY = new End(null, null, null);
  }

  private final Transformer model;
  private final Tokens tokens;
  private final TokenPositions positions;
  private final @Nullable Past past;
  private final ActivationCache cache;
  private final End end;
  private final boolean recorded;
  private final boolean edited;
  private final boolean lastLogitsOnly;
  private final Owner owner;
  private @Nullable Tensor logits;

  Run(
      Transformer model,
      Tokens tokens,
      TokenPositions positions,
      @Nullable Past past,
      Map<HookPoint, Tensor> kept,
      End end,
      RunPlan plan,
      Owner owner) {
    this.model = model;
    this.tokens = tokens;
    this.positions = positions;
    this.past = past;
    this.end = end;
    this.recorded = plan.recordsGradients();
    this.edited = plan.hasEdits();
    this.lastLogitsOnly = plan.hasLastLogitsOnly() && end.normalized != null;
    this.owner = owner;
    this.cache = new ActivationCache(kept, model.layers(), new ResultsFromZ(model));
  }

  /** Computes per-head results from z. */
  private record ResultsFromZ(Transformer model) implements ActivationCache.Derivation {
    @Override
    public HookPoint source(HookPoint wanted) {
      return wanted.kind() == HookKind.RESULT ? HookKind.Z.at(wanted.layer()) : wanted;
    }

    @Override
    public Tensor derive(HookPoint wanted, Tensor source) {
      return model.headResults(wanted.layer(), source);
    }
  }

  public Transformer model() {
    return model;
  }

  public Tokens tokens() {
    return tokens;
  }

  /** The positions of the run's tokens in their texts. */
  TokenPositions positions() {
    return positions;
  }

  /** The past that the run continued from; empty if it started at the first token. */
  public Optional<Past> past() {
    return Optional.ofNullable(past);
  }

  public ActivationCache cache() {
    return cache;
  }

  /** Whether the plan had hooks that may have changed activations. */
  public boolean isEdited() {
    return edited;
  }

  /**
   * The residual stream where the run ended [batch, pos, d_model]: after the last layer, or before
   * the layer at which the plan stopped.
   *
   * @throws FresnelException if the run stopped after its captures, or computed logits of the last
   *     position only
   */
  public Tensor residual() {
    return require(end.residual);
  }

  /** The final norm's output [batch, pos, d_model], which the unembedding reads. */
  public Tensor normalized() {
    return require(end.normalized);
  }

  /**
   * The final norm's output at one position [batch, d_model]. Negative positions count from the
   * end.
   *
   * @throws FresnelException if the run ended early, or computed logits of the last position only
   *     and this is another one
   */
  public Tensor normalized(int position) {
    boolean last = position == -1 || position == tokens.length() - 1;
    Tensor normalized = last ? reached(end.normalized) : normalized();
    return Scope.result(() -> normalized.select(POS, last ? -1 : position));
  }

  /**
   * The final norm's divisor in this run [batch, pos, one].
   *
   * @throws FresnelException if the model has no final norm, or the run ended before it
   */
  public Tensor finalScale() {
    normalized();
    if (end.scale == null) {
      throw new FresnelException(
          model.config().name()
              + " has no final norm, so it has no scale; its residual() is what is unembedded");
    }
    return end.scale;
  }

  /**
   * The logits of every position [batch, pos, d_vocab], in natural log units. The run keeps them.
   */
  public synchronized Tensor logits() {
    if (logits == null) {
      Tensor normalized = normalized();
      try (var scope = Scope.open()) {
        logits = owner.keep(model.unembed(normalized), "logits");
      }
    }
    return logits;
  }

  /**
   * The logits of one position [batch, d_vocab], in natural log units. Negative positions count
   * from the end.
   */
  public Tensor logits(int position) {
    return Scope.result(() -> model.unembed(normalized(position)));
  }

  /**
   * The loss in nats of every token except each text's first: minus the log probability that the
   * model gave the token.
   *
   * @return [batch][pos - 1]; entry i is the loss of token i + 1; NaN if token i is padding, or if
   *     token i + 1 is none that the model predicts
   */
  public float[][] lossPerToken() {
    return ownLosses().perToken();
  }

  /**
   * The losses as a tensor [batch, pos] that can be differentiated, one position shorter than the
   * text. An entry is 0 if its token i is padding. It belongs to the caller's scope.
   *
   * @throws FresnelException if the texts are one token long, a token is none that the model
   *     predicts, or the run ended early
   */
  public Tensor losses() {
    return ownLosses().derivable();
  }

  /**
   * The losses of other tokens than the texts' own: minus the log probability that each position
   * gives its target, in nats [batch, pos]. They can be differentiated, and belong to the caller's
   * scope.
   *
   * @param targets the id of the token that follows each position [batch, pos], int64
   * @throws FresnelException if there is not one target for each position, one is none that the
   *     model predicts, or the run ended early
   */
  public Tensor losses(Tensor targets) {
    Tensor normalized = normalized();
    var expected = normalized.shape().only(List.of(BATCH, POS));
    if (!targets.shape().equals(expected)) {
      throw new FresnelException(
          "losses need a target for each position of the run, %s; got %s"
              .formatted(expected, targets));
    }
    return ownLosses().each(normalized, targets);
  }

  /**
   * The mean of an activation over each text's own positions; padding is left out, also where it is
   * NaN.
   *
   * @param activation an activation of this run [batch, pos, …], at all of its positions
   * @return [batch, …] in float32, or float64 where the activation is; it belongs to the caller's
   *     scope. NaN for a text of which the run read nothing but padding
   * @throws FresnelException if the activation has other texts or positions than the run
   */
  public Tensor meanOverPositions(Tensor activation) {
    return new OwnPositions(positions).mean(activation);
  }

  /**
   * The mean of an activation over all tokens of all texts, each counted once; padding is left out,
   * also where it is NaN.
   *
   * @param activation an activation of this run [batch, pos, …], at all of its positions
   * @return […] in float32, or float64 where the activation is; it belongs to the caller's scope
   * @throws FresnelException if the activation has other texts or positions than the run
   */
  public Tensor meanOverTokens(Tensor activation) {
    return new OwnPositions(positions).meanOfAll(activation);
  }

  /**
   * The mean loss over all tokens except padding and each text's first, in nats. NaN if one of them
   * is NaN.
   *
   * @throws FresnelException as {@link #losses}
   */
  public double loss() {
    return ownLosses().mean();
  }

  private Losses ownLosses() {
    return new Losses(model, tokens, normalized());
  }

  /**
   * The id of the next token for each position except the last: the targets of the loss.
   *
   * @return [batch, pos], int64, one position shorter than the text
   */
  public Tensor nextTokens() {
    return Losses.nextTokens(tokens, Integer.MAX_VALUE);
  }

  /**
   * The gradients of a metric with respect to captured activations.
   *
   * <pre>{@code
   * var plan = RunPlan.capture(RESID_PRE, Z).recordGradients();
   * try (var run = model.run(model.tokens("one two one two"), plan)) {
   *   run.gradients(Metric.loss()).get(Z, 1);   // [batch, pos, head, d_head]
   * }
   * }</pre>
   *
   * <p>They have the shapes of the captured activations, and live as long as the run. Gradients
   * pass through the plan's edits. If the metric does not depend on an activation, the gradient is
   * 0.
   *
   * @param metric a metric computed by tensor operations alone
   * @param points captured places; none for all of them
   * @throws FresnelException if the plan did not record gradients, a place was not captured, or the
   *     metric is not a scalar
   */
  public ActivationCache gradients(Metric metric, HookPoint... points) {
    owner.requireOpen();
    if (!recorded) {
      throw new FresnelException(
          "this run recorded no gradients; run a plan with recordGradients()");
    }
    return new RunGradients(this, owner).of(metric, points);
  }

  /** Whether the run went through all layers and the final norm, so that it has logits. */
  public boolean reachedTheEnd() {
    return end.normalized != null;
  }

  /** An output at all positions. */
  private Tensor require(@Nullable Tensor tensor) {
    Tensor reached = reached(tensor);
    if (lastLogitsOnly) {
      throw new FresnelException(
          "this run computed logits of the last position only, as its plan says; read logits(-1) or"
              + " normalized(-1), or run a plan without lastLogitsOnly()");
    }
    return reached;
  }

  private Tensor reached(@Nullable Tensor tensor) {
    owner.requireOpen();
    if (tensor == null) {
      throw new FresnelException(
          "this run ended before the model's end, because its plan stops early; run a plan without"
              + " stopAfterCapture() and stopAt()");
    }
    return tensor;
  }

  /** The model, the number of tokens, and what was captured, in short. */
  @Override
  public String toString() {
    int batch = tokens.batch();
    return "Run of %s on %s%d token%s, %s"
        .formatted(
            model.config().name(),
            batch == 1 ? "" : batch + " texts of ",
            tokens.length(),
            tokens.length() == 1 ? "" : "s",
            cache);
  }

  @Override
  public void close() {
    owner.close();
  }
}
