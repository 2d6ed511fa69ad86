package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.ActivationCache;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.CrossEntropy;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
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
  /** Positions whose logits are in memory at once: 26 MB per text for a vocabulary of 50,000. */
  private static final int POSITIONS_AT_ONCE = 128;

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
  private final Owner owner;
  private @Nullable Tensor logits;

  Run(
      Transformer model,
      Tokens tokens,
      TokenPositions positions,
      @Nullable Past past,
      Map<HookPoint, Tensor> kept,
      End end,
      boolean recorded,
      Owner owner) {
    this.model = model;
    this.tokens = tokens;
    this.positions = positions;
    this.past = past;
    this.end = end;
    this.recorded = recorded;
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

  /**
   * The residual stream where the run ended [batch, pos, d_model]: after the last layer, or before
   * the layer at which the plan stopped.
   *
   * @throws FresnelException if the run stopped after its captures
   */
  public Tensor residual() {
    return require(end.residual);
  }

  /** The final norm's output [batch, pos, d_model], which the unembedding reads. */
  public Tensor normalized() {
    return require(end.normalized);
  }

  /**
   * The final norm's divisor in this run [batch, pos, one].
   *
   * @throws FresnelException if the model has no final norm, or the run ended before it
   */
  public Tensor finalScale() {
    normalized();
    if (end.scale == null) {
      throw new FresnelException(model.config().name() + " has no final norm");
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
    Tensor normalized = normalized();
    return Scope.result(() -> model.unembed(normalized.select(POS, position)));
  }

  /**
   * The loss in nats of every token except each text's first: minus the log probability that the
   * model gave the token.
   *
   * @return [batch][pos - 1]; entry i is the loss of token i + 1; NaN if token i is padding
   */
  public float[][] lossPerToken() {
    normalized();
    int length = tokens.length() - 1;
    float[][] rows = new float[tokens.batch()][length];
    if (length == 0) {
      return rows;
    }
    try (var scope = Scope.open()) {
      float[] all = losses().floats();
      for (int row = 0; row < rows.length; row++) {
        System.arraycopy(all, row * length, rows[row], 0, length);
        Arrays.fill(rows[row], 0, Math.min(length, tokens.padding(row)), Float.NaN);
      }
    }
    return rows;
  }

  /**
   * The losses as a tensor [batch, pos] that can be differentiated, one position shorter than the
   * text. An entry is 0 if its token i is padding. It belongs to the caller's scope.
   *
   * @throws FresnelException if the texts are one token long, or the run ended early
   */
  public Tensor losses() {
    Tensor normalized = normalized();
    int length = tokens.length() - 1;
    if (length == 0) {
      throw nothingComesNext();
    }
    return Scope.result(
        () -> {
          Tensor next = nextTokens();
          var parts = new ArrayList<Tensor>();
          for (int from = 0; from < length; from += POSITIONS_AT_ONCE) {
            int to = Math.min(length, from + POSITIONS_AT_ONCE);
            Tensor read = normalized.slice(POS, from, to);
            Tensor came = next.slice(POS, from, to);
            parts.add(
                Scope.result(() -> CrossEntropy.each(precise(model.unembed(read)), D_VOCAB, came)));
          }
          Tensor all = parts.size() == 1 ? parts.get(0) : Tensor.concatenate(POS, parts);
          return tokens.isPadded() ? all.times(pairs().to(all.dtype())) : all;
        });
  }

  /**
   * Logits in float32 or float64, since half precision has too few digits for a sum over a
   * vocabulary.
   */
  private static Tensor precise(Tensor logits) {
    return logits.dtype() == DType.FLOAT64 ? logits : logits.to(DType.FLOAT32);
  }

  /**
   * The id of the next token for each position except the last: the targets of the loss.
   *
   * @return [batch, pos], int64, one position shorter than the text
   */
  public Tensor nextTokens() {
    int length = tokens.length() - 1;
    long[] ids = new long[tokens.batch() * length];
    for (int row = 0; row < tokens.batch(); row++) {
      for (int position = 0; position < length; position++) {
        ids[row * length + position] = tokens.id(row, position + 1);
      }
    }
    return Tensor.ofLongs(Shape.of(BATCH, tokens.batch()).and(POS, length), ids);
  }

  /** 1 if a position is part of the text, 0 if it is padding, for each position except the last. */
  private Tensor pairs() {
    int length = tokens.length() - 1;
    float[] pairs = new float[tokens.batch() * length];
    for (int row = 0; row < tokens.batch(); row++) {
      Arrays.fill(
          pairs, row * length + Math.min(length, tokens.padding(row)), (row + 1) * length, 1);
    }
    return Tensor.of(Shape.of(BATCH, tokens.batch()).and(POS, length), pairs);
  }

  static FresnelException nothingComesNext() {
    return new FresnelException(
        "a text of one token has no loss: nothing comes next in it; give a longer text");
  }

  /** The mean of {@link #lossPerToken} over all texts, without padding, in nats. */
  public double loss() {
    double sum = 0;
    long count = 0;
    for (float[] row : lossPerToken()) {
      for (float loss : row) {
        if (!Float.isNaN(loss)) {
          sum += loss;
          count++;
        }
      }
    }
    if (count == 0) {
      throw nothingComesNext();
    }
    return sum / count;
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
    var wanted =
        (points.length == 0 ? cache.points().stream() : Arrays.stream(points))
            .filter(point -> cache.get(point).dtype().isFloatingPoint())
            .toList();
    var found = new LinkedHashMap<HookPoint, Tensor>();
    try (var scope = Scope.open()) {
      var kept = wanted.stream().map(cache::get).toList();
      var gradients = Gradients.orZero(metric.of(this), kept);
      for (int i = 0; i < kept.size(); i++) {
        String label = "the gradient at " + wanted.get(i).name();
        found.put(wanted.get(i), owner.keep(gradients.get(i), label));
      }
    }
    return new ActivationCache(found, model.layers(), ActivationCache.Derivation.NONE);
  }

  private Tensor require(@Nullable Tensor tensor) {
    owner.requireOpen();
    if (tensor == null) {
      throw new FresnelException(
          "this run ended before the model's end, because its plan stops early; run a plan without"
              + " stopAfterCapture() and stopAt()");
    }
    return tensor;
  }

  @Override
  public void close() {
    owner.close();
  }
}
