package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.Dims.QUERY;
import static dev.fresnel.hook.HookKind.ATTN_SCORES;
import static dev.fresnel.hook.HookKind.PATTERN;

import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the blocks of one run share: the trace, the mask, and how positions enter. Tables are made
 * for the run's length, never for the longest text that the model could read.
 */
final class Pass {
  /** Up to this length patterns may be made even if nobody looks at them, where that is faster. */
  private static final int SHORT = 512;

  private final Tokens tokens;
  private final Trace trace;
  private final boolean padded;
  private final int[][] positions;
  private final @Nullable Rotary rotary;
  private final boolean showsPatterns;
  private final @Nullable Tensor mask;
  private @Nullable Tensor positionsForAttention;

  Pass(ModelConfig config, Tokens tokens, Trace trace) {
    this.tokens = tokens;
    this.trace = trace;
    padded = tokens.isPadded();
    positions = positions();
    rotary =
        config.positional() instanceof Positional.Rotary turning
            ? new Rotary(turning, positions)
            : null;
    showsPatterns = padded || trace.wantsAnywhere(ATTN_SCORES, PATTERN);
    mask = showsPatterns || tokens.length() <= SHORT ? causalMask() : null;
  }

  Trace trace() {
    return trace;
  }

  /** Whether some text is shorter than the longest, and padded on its left. */
  boolean padded() {
    return padded;
  }

  @Nullable Rotary rotary() {
    return rotary;
  }

  /** Positions counted from each text's first token: one row for all texts where none is padded. */
  private int[][] positions() {
    int rows = padded ? tokens.batch() : 1;
    return IntStream.range(0, rows)
        .mapToObj(
            row ->
                IntStream.range(0, tokens.length())
                    .map(position -> Math.max(0, position - tokens.padding(row)))
                    .toArray())
        .toArray(int[][]::new);
  }

  /**
   * The learned vectors of the run's positions [batch, pos, d_model]; zero where there is only
   * padding.
   */
  Tensor positionVectors(Tensor wPos) {
    int batch = tokens.batch();
    int length = tokens.length();
    long[] flat = new long[batch * length];
    float[] real = new float[batch * length];
    for (int row = 0, i = 0; row < batch; row++) {
      for (int position = 0; position < length; position++, i++) {
        flat[i] = positions[padded ? row : 0][position];
        real[i] = position < tokens.padding(row) ? 0 : 1;
      }
    }
    var shape = Shape.of(BATCH, batch).and(POS, length);
    Tensor vectors = wPos.gather(POS, flat).split(POS, shape).order(BATCH, POS, D_MODEL);
    return padded ? vectors.times(Tensor.of(shape, real).to(wPos.dtype())) : vectors;
  }

  void addToAttention(Tensor positionVectors) {
    positionsForAttention = positionVectors;
  }

  /** What queries and keys read: with a shortformer's positions, else as it is. */
  Tensor withPositions(Tensor normalized) {
    return positionsForAttention == null ? normalized : normalized.plus(positionsForAttention);
  }

  /** Whether scores and patterns have to be there: somebody looks at them, or there is padding. */
  boolean showsPatterns() {
    return showsPatterns;
  }

  /**
   * Added to scores: minus infinity where a key is later than its query, or is padding. None for a
   * long text where nobody looks at patterns.
   */
  Optional<Tensor> mask() {
    return Optional.ofNullable(mask);
  }

  private Tensor causalMask() {
    Tensor causal = Tensor.causalMask(QUERY, tokens.length(), KEY, tokens.length(), 0);
    return padded ? causal.plus(paddingMask()) : causal;
  }

  private Tensor paddingMask() {
    int length = tokens.length();
    float[] values = new float[tokens.batch() * length];
    for (int row = 0; row < tokens.batch(); row++) {
      for (int position = 0; position < tokens.padding(row); position++) {
        values[row * length + position] = Float.NEGATIVE_INFINITY;
      }
    }
    return Tensor.of(Shape.of(BATCH, tokens.batch()).and(KEY, length), values);
  }
}
