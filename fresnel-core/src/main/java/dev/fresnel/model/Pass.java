package dev.fresnel.model;

import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;
import static dev.fresnel.hook.HookKind.ATTN_SCORES;
import static dev.fresnel.hook.HookKind.PATTERN;

import dev.fresnel.model.Past.KeysAndValues;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Reach;
import dev.fresnel.tensor.internal.Bias;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What all blocks of one run share: the trace, the positions, the attention biases, and the past.
 * Masks and tables are made once, before the first block.
 */
final class Pass {
  /** Puts the keys and values of earlier positions before a layer's own. */
  @FunctionalInterface
  private interface Earlier {
    KeysAndValues with(int layer, KeysAndValues own);
  }

  private final ModelConfig config;
  private final Weights weights;
  private final TokenPositions tokens;
  private final Trace trace;
  private final Positions positions;
  private final Earlier earlier;
  private final Map<Reach, Bias> biases = new HashMap<>();

  /**
   * @param past the keys and values of earlier positions; null for none
   */
  Pass(
      ModelConfig config,
      Weights weights,
      TokenPositions tokens,
      Trace trace,
      @Nullable Past past) {
    this(config, weights, tokens, trace, past == null ? (layer, own) -> own : past::with);
  }

  private Pass(
      ModelConfig config, Weights weights, TokenPositions tokens, Trace trace, Earlier earlier) {
    this.config = config;
    this.weights = weights;
    this.tokens = tokens;
    this.trace = trace;
    this.earlier = earlier;
    positions = Positions.of(config, weights, tokens, trace);
    boolean watched = trace.watchesAnywhere(ATTN_SCORES, PATTERN);
    for (Attending attending : config.attending()) {
      biases.computeIfAbsent(attending.reach(), reach -> bias(reach, tokens, watched));
    }
  }

  /** The attention bias of a reach: mask, positional bias and padding. */
  private Bias bias(Reach reach, TokenPositions tokens, boolean watched) {
    var added = positions.bias();
    boolean inMemory = watched || tokens.isPadded() || added.isPresent();
    Bias mask =
        Bias.mask(
            QUERY,
            tokens.length(),
            KEY,
            tokens.start() + tokens.length(),
            tokens.start(),
            reach.window(),
            inMemory);
    Bias positioned = added.map(more -> mask.plus(more, false)).orElse(mask);
    return tokens.isPadded() ? positioned.plus(tokens.paddingMask(), true) : positioned;
  }

  Trace trace() {
    return trace;
  }

  Positions positions() {
    return positions;
  }

  /** The bias that is added to the scores of heads with this reach. */
  Bias bias(Reach reach) {
    return biases.get(reach);
  }

  /** A layer's keys and values, with those of earlier positions before them. */
  KeysAndValues withPast(int layer, KeysAndValues own) {
    return earlier.with(layer, own);
  }

  /**
   * The pass of the last position alone through one layer.
   *
   * @param all the layer's keys and values of all positions, the last among them
   */
  Pass ofLast(KeysAndValues all) {
    return new Pass(config, weights, tokens.last(), trace, (layer, own) -> all);
  }
}
