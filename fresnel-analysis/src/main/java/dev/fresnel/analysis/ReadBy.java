package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.BlockOrder;

/**
 * The place that reads the residual stream: only what earlier components wrote is in it.
 *
 * @param layer the reading layer, counted from 0; the number of layers for the unembedding
 * @param mlp whether the layer's MLP reads, rather than its attention
 */
public record ReadBy(int layer, boolean mlp) {
  /** The attention of a layer: it reads RESID_PRE. */
  public static ReadBy attention(int layer) {
    return new ReadBy(layer, false);
  }

  /** The MLP of a layer: it reads RESID_MID, or RESID_PRE where it stands beside attention. */
  public static ReadBy mlp(int layer) {
    return new ReadBy(layer, true);
  }

  /** The unembedding: it reads the end of the residual stream. */
  public static ReadBy unembedding(Transformer model) {
    return new ReadBy(model.layers(), false);
  }

  boolean isUnembedding(Transformer model) {
    return layer == model.layers() && !mlp;
  }

  /** Whether the same layer's attention is written before this reads. */
  boolean seesOwnAttention(Transformer model) {
    return mlp && model.config().order() == BlockOrder.SEQUENTIAL;
  }

  void requireIn(Transformer model) {
    int layers = model.layers();
    if (layer < 0 || layer > layers || mlp && layer == layers) {
      throw new FresnelException(
          "there is no layer %d: the model has layers 0 to %d".formatted(layer, layers - 1));
    }
    if (mlp && model.config().attentionOnly()) {
      throw new FresnelException(
          model.config().name() + " has attention alone, so no MLP reads its residual stream");
    }
  }
}
