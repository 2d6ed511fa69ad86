package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;

/**
 * The axes' lengths.
 *
 * @param layers blocks
 * @param heads attention heads a layer
 * @param keyValueHeads heads of keys and values; divides {@code heads}
 * @param dModel width of the residual stream
 * @param dHead width of a head
 * @param context the longest text, in tokens
 * @param vocabulary tokens that can be read
 * @param vocabularyOut tokens that can be predicted
 */
public record Sizes(
    int layers,
    int heads,
    int keyValueHeads,
    int dModel,
    int dHead,
    int context,
    int vocabulary,
    int vocabularyOut) {
  public Sizes {
    requirePositive("layers", layers);
    requirePositive("heads", heads);
    requirePositive("key_value_heads", keyValueHeads);
    requirePositive("d_model", dModel);
    requirePositive("d_head", dHead);
    requirePositive("n_ctx", context);
    requirePositive("d_vocab", vocabulary);
    requirePositive("d_vocab_out", vocabularyOut);
    if (heads % keyValueHeads != 0) {
      throw new FresnelException(
          "heads (" + heads + ") must be a multiple of key_value_heads (" + keyValueHeads + ")");
    }
  }

  /** As many key-value heads as heads, and one vocabulary for reading and predicting. */
  public Sizes(int layers, int heads, int dHead, int dModel, int context, int vocabulary) {
    this(layers, heads, heads, dModel, dHead, context, vocabulary, vocabulary);
  }

  private static void requirePositive(String name, int size) {
    if (size < 1) {
      throw new FresnelException(name + " must be at least 1, is " + size);
    }
  }
}
