package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.Dims.QUERY;
import static dev.fresnel.hook.HookKind.POS_EMBED;
import static dev.fresnel.hook.HookKind.ROT_K;
import static dev.fresnel.hook.HookKind.ROT_Q;
import static dev.fresnel.model.WeightKind.W_POS;

import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * How one run uses positions. This class is for a model without positions; a subclass for each
 * other kind overrides what that kind changes.
 */
sealed class Positions {
  private Positions() {}

  static Positions of(ModelConfig config, Weights weights, TokenPositions tokens, Trace trace) {
    var positional = config.positional();
    if (positional instanceof Positional.Learned) {
      return new Learned(weights.get(W_POS), tokens, trace);
    }
    if (positional instanceof Positional.Shortformer) {
      return new Shortformer(weights.get(W_POS), tokens, trace);
    }
    if (positional instanceof Positional.Rotary rotary) {
      return new Turned(new Rotary(rotary, tokens.rows()), trace);
    }
    return positional instanceof Positional.Alibi alibi
        ? new Alibi(alibi.slopes(), tokens)
        : new Positions();
  }

  /** The residual stream before the first block, from the embedded tokens [batch, pos, d_model]. */
  Tensor addTo(Tensor embedded) {
    return embedded;
  }

  /** The input of queries and keys, from the normalized residual stream. */
  Tensor addToQueriesAndKeys(Tensor normalized) {
    return normalized;
  }

  /** The queries [batch, pos, head, d_head] to be multiplied with keys. */
  Tensor turnQueries(Tensor queries) {
    return queries;
  }

  /** The keys [batch, pos, kv_head, d_head] to be multiplied with queries. */
  Tensor turnKeys(Tensor keys) {
    return keys;
  }

  /** The bias that positions add to scores [head, query, key]; empty for none. */
  Optional<Tensor> bias() {
    return Optional.empty();
  }

  /** The learned vectors of the run's positions [batch, pos, d_model]; zero at padding. */
  private static Tensor vectors(Tensor wPos, TokenPositions tokens) {
    var shape = Shape.of(BATCH, tokens.batch()).and(POS, tokens.length());
    int[][] rows = tokens.rows();
    long[] flat = new long[Math.toIntExact(shape.count())];
    float[] real = new float[flat.length];
    for (int text = 0, i = 0; text < tokens.batch(); text++) {
      for (int position = 0; position < tokens.length(); position++, i++) {
        flat[i] = rows[rows.length == 1 ? 0 : text][position];
        real[i] = tokens.isPadding(text, position) ? 0 : 1;
      }
    }
    Tensor vectors = wPos.gather(POS, flat).split(POS, shape).order(BATCH, POS, D_MODEL);
    return tokens.isPadded() ? vectors.times(Tensor.of(shape, real).to(wPos.dtype())) : vectors;
  }

  /** Adds a learned vector for each position to the embedding. */
  private static final class Learned extends Positions {
    private final Tensor wPos;
    private final TokenPositions tokens;
    private final Trace trace;

    Learned(Tensor wPos, TokenPositions tokens, Trace trace) {
      this.wPos = wPos;
      this.tokens = tokens;
      this.trace = trace;
    }

    @Override
    Tensor addTo(Tensor embedded) {
      return embedded.plus(trace.visit(POS_EMBED, vectors(wPos, tokens)));
    }
  }

  /** Adds a learned vector for each position to the input of queries and keys, in every layer. */
  private static final class Shortformer extends Positions {
    private final Tensor vectors;

    Shortformer(Tensor wPos, TokenPositions tokens, Trace trace) {
      vectors = trace.visit(POS_EMBED, vectors(wPos, tokens));
    }

    @Override
    Tensor addToQueriesAndKeys(Tensor normalized) {
      return normalized.plus(vectors);
    }
  }

  /** Rotates queries and keys by angles proportional to the position. */
  private static final class Turned extends Positions {
    private final Rotary rotary;
    private final Trace trace;

    Turned(Rotary rotary, Trace trace) {
      this.rotary = rotary;
      this.trace = trace;
    }

    @Override
    Tensor turnQueries(Tensor queries) {
      return trace.visit(ROT_Q, rotary.turn(queries));
    }

    @Override
    Tensor turnKeys(Tensor keys) {
      return trace.visit(ROT_K, rotary.turn(keys));
    }
  }

  /**
   * Lowers scores in proportion to the distance, with a slope for each head.
   *
   * <p>Source: Press et al. 2021, "Train Short, Test Long: Attention with Linear Biases Enables
   * Input Length Extrapolation".
   */
  private static final class Alibi extends Positions {
    private final Tensor bias;

    Alibi(List<Double> slopes, TokenPositions tokens) {
      int queries = tokens.length();
      int keys = tokens.start() + queries;
      float[] values = new float[slopes.size() * queries * keys];
      int i = 0;
      for (double slope : slopes) {
        for (int query = tokens.start(); query < keys; query++) {
          for (int key = 0; key < keys; key++, i++) {
            values[i] = key < query ? (float) (slope * (key - query)) : 0;
          }
        }
      }
      bias = Tensor.of(Shape.of(HEAD, slopes.size()).and(QUERY, queries).and(KEY, keys), values);
    }

    @Override
    Optional<Tensor> bias() {
      return Optional.of(bias);
    }
  }
}
