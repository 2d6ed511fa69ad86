package dev.fresnel.hook;

import dev.fresnel.tensor.Dim;

/** The axes of a transformer's activations and weights, by the names that TransformerLens uses. */
public final class Dims {
  public static final Dim LAYER = new Dim("layer");
  public static final Dim BATCH = new Dim("batch");

  /** Positions of the text, BOS included. */
  public static final Dim POS = new Dim("pos");

  /** The position that attends (destination). */
  public static final Dim QUERY = new Dim("query");

  /** The position that is attended to (source). */
  public static final Dim KEY = new Dim("key");

  public static final Dim HEAD = new Dim("head");

  /** Heads of keys and values; as many as {@link #HEAD}, or fewer under grouped-query attention. */
  public static final Dim KV_HEAD = new Dim("kv_head");

  public static final Dim D_MODEL = new Dim("d_model");
  public static final Dim D_HEAD = new Dim("d_head");
  public static final Dim D_MLP = new Dim("d_mlp");
  public static final Dim D_VOCAB = new Dim("d_vocab");

  /** The single number per position that a norm divides by; of size 1. */
  public static final Dim ONE = new Dim("one");

  private Dims() {}
}
