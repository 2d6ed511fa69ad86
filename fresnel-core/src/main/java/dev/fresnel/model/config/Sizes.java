package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;

/**
 * The sizes of a model's axes.
 *
 * @param layers number of blocks
 * @param heads attention heads per layer
 * @param keyValueHeads key and value heads per layer; divides {@code heads}
 * @param dModel width of the residual stream
 * @param dHead width of a head
 * @param context the longest text, in tokens
 * @param vocabulary number of tokens that the model can read
 * @param vocabularyOut number of tokens that the model can predict
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

  /** Sizes with as many key-value heads as heads, and one vocabulary for input and output. */
  public Sizes(int layers, int heads, int dHead, int dModel, int context, int vocabulary) {
    this(layers, heads, heads, dModel, dHead, context, vocabulary, vocabulary);
  }

  private static void requirePositive(String name, int size) {
    if (size < 1) {
      throw new FresnelException(name + " must be at least 1, is " + size);
    }
  }
}
