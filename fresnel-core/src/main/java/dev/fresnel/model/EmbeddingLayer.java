package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.EMBED;
import static dev.fresnel.hook.HookKind.EMBED_LN_NORMALIZED;
import static dev.fresnel.hook.HookKind.EMBED_LN_SCALE;
import static dev.fresnel.hook.HookKind.TOKENS;
import static dev.fresnel.model.WeightKind.EMBED_LN_W;
import static dev.fresnel.model.WeightKind.W_E;

import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.stream.IntStream;

/** The embedding: looks up a vector for each token id, and normalizes it if the model does so. */
final class EmbeddingLayer {
  private final Tensor wE;
  private final NormLayer norm;

  EmbeddingLayer(ModelConfig config, Weights weights) {
    wE = weights.get(W_E);
    norm =
        NormLayer.of(
            config.embeddingNorm(),
            D_MODEL,
            weights,
            EMBED_LN_W.inModel(),
            EMBED_LN_SCALE,
            EMBED_LN_NORMALIZED);
  }

  /** The embedded tokens [batch, pos, d_model]. */
  Tensor forward(Tokens tokens, Trace trace) {
    var shape = Shape.of(BATCH, tokens.batch()).and(POS, tokens.length());
    Tensor rows = wE.gather(D_VOCAB, ids(tokens, shape, trace));
    Tensor embedded = rows.split(D_VOCAB, shape).order(BATCH, POS, D_MODEL);
    return trace.visit(EMBED, norm.forward(embedded, trace));
  }

  private static long[] ids(Tokens tokens, Shape shape, Trace trace) {
    long[] ids =
        IntStream.range(0, tokens.batch())
            .flatMap(row -> IntStream.of(tokens.ids(row)))
            .asLongStream()
            .toArray();
    return trace.watches(TOKENS) ? trace.visit(TOKENS, Tensor.ofLongs(shape, ids)).longs() : ids;
  }
}
