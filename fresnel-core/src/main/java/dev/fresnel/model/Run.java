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
 * One pass of a model over a batch of texts: what it kept, and its logits. Owns its native memory;
 * everything taken from it ends with {@link #close}, which any thread may call.
 *
 * <p>Logits are made when they are asked for, and only for the positions that are asked for.
 */
public final class Run implements AutoCloseable {
  /** Positions whose logits are in memory at once: 26 MB per text for a vocabulary of 50,000. */
  private static final int POSITIONS_AT_ONCE = 128;

  /** What the forward pass ended with: nothing, a residual stream, or the whole way. */
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

  /** Per-head results follow from z. */
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

  /** Where the run's tokens stand in their texts. */
  TokenPositions positions() {
    return positions;
  }

  /** What the run continued from; empty where it read its texts from their first token. */
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
   * @throws FresnelException if the run stopped as soon as it had captured what it was asked for
   */
  public Tensor residual() {
    return require(end.residual);
  }

  /** The final norm's output [batch, pos, d_model], which the unembedding reads. */
  public Tensor normalized() {
    return require(end.normalized);
  }

  /**
   * What the final norm divided by in this run [batch, pos, one].
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

  /** Logits of every position [batch, pos, d_vocab], natural log units. Kept with the run. */
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
   * Logits of one position [batch, d_vocab], natural log units. Negative positions count from the
   * end.
   */
  public Tensor logits(int position) {
    Tensor normalized = normalized();
    return Scope.result(() -> model.unembed(normalized.select(POS, position)));
  }

  /**
   * The loss of every token of each text but the first: minus the log probability that the model
   * gave it, in nats.
   *
   * @return [batch][pos - 1]; entry i is the loss of token i + 1; NaN where the pair holds padding
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
   * The same as a tensor [batch, pos], one position shorter than the text, that can be derived; 0
   * where the pair holds padding. It is loose: it belongs to the caller's scope.
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

  /** Half precision has too few digits for a sum over a vocabulary. */
  private static Tensor precise(Tensor logits) {
    return logits.dtype() == DType.FLOAT64 ? logits : logits.to(DType.FLOAT32);
  }

  /**
   * What a loss compares with: the id of the token that comes next, for each position but the last.
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

  /** 1 where a position and the next are both the text's, 0 where the first is padding. */
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

  /** The mean of {@link #lossPerToken} over all texts, padding left out, in nats. */
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
   * The gradients of a metric: how fast it grows with each number of an activation.
   *
   * <pre>{@code
   * var plan = RunPlan.capture(RESID_PRE, Z).recordGradients();
   * try (var run = model.run(model.tokens("one two one two"), plan)) {
   *   run.gradients(Metric.loss()).get(Z, 1);   // [batch, pos, head, d_head]
   * }
   * }</pre>
   *
   * <p>They have the shapes of what the run kept, and live as long as the run. A plan's edits are
   * part of what is derived. Where the metric does not depend on an activation, its gradient is 0.
   *
   * @param metric a number made by tensor operations alone
   * @param points places that the run kept; none for all of them
   * @throws FresnelException if the plan did not record, a place was not kept, or the metric is not
   *     one number
   */
  public ActivationCache gradients(Metric metric, HookPoint... points) {
    owner.requireOpen();
    if (!recorded) {
      throw new FresnelException(
          "this run recorded nothing to derive; run a plan with recordGradients()");
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
