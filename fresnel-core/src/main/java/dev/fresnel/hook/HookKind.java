package dev.fresnel.hook;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.ONE;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.Dims.QUERY;

import dev.fresnel.tensor.Dim;
import java.util.List;

/**
 * Every place in a transformer where an activation can be seen or changed, with TransformerLens's
 * name for it and its axes, in the order in which a run passes them. No other file holds these
 * names.
 *
 * <pre>{@code
 * PATTERN.at(5).name();   // "blocks.5.attn.hook_pattern"
 * }</pre>
 */
public enum HookKind {
  /** The token ids themselves, int64. Computed only where a plan names it. */
  TOKENS(Place.MODEL, "hook_tokens", BATCH, POS),
  /** What the norm behind the token embedding divides by. */
  EMBED_LN_SCALE(Place.MODEL, "embed.ln.hook_scale", BATCH, POS, ONE),
  /** What the norm behind the token embedding gives. */
  EMBED_LN_NORMALIZED(Place.MODEL, "embed.ln.hook_normalized", BATCH, POS, D_MODEL),
  /** The token embedding, as it enters the residual stream. */
  EMBED(Place.MODEL, "hook_embed", BATCH, POS, D_MODEL),
  /** The positional embedding, where the model has a learned one. */
  POS_EMBED(Place.MODEL, "hook_pos_embed", BATCH, POS, D_MODEL),

  /** The residual stream that enters a block. */
  RESID_PRE(Place.BLOCK, "hook_resid_pre", BATCH, POS, D_MODEL),
  /** {@link #RESID_PRE}, a copy per head, before the norm. Computed only where a plan names it. */
  ATTN_IN(Place.BLOCK, "hook_attn_in", BATCH, POS, HEAD, D_MODEL),
  /** What each head's queries read, before the norm. Computed only where a plan names it. */
  Q_INPUT(Place.BLOCK, "hook_q_input", BATCH, POS, HEAD, D_MODEL),
  /** What each head's keys read, before the norm. Computed only where a plan names it. */
  K_INPUT(Place.BLOCK, "hook_k_input", BATCH, POS, KV_HEAD, D_MODEL),
  /** What each head's values read, before the norm. Computed only where a plan names it. */
  V_INPUT(Place.BLOCK, "hook_v_input", BATCH, POS, KV_HEAD, D_MODEL),
  /** What the norm before attention divides by. */
  LN1_SCALE(Place.BLOCK, "ln1.hook_scale", BATCH, POS, ONE),
  /** The norm's output before attention. */
  LN1_NORMALIZED(Place.BLOCK, "ln1.hook_normalized", BATCH, POS, D_MODEL),
  /** Queries. */
  Q(Place.BLOCK, "attn.hook_q", BATCH, POS, HEAD, D_HEAD),
  /** Keys. */
  K(Place.BLOCK, "attn.hook_k", BATCH, POS, KV_HEAD, D_HEAD),
  /** Values. */
  V(Place.BLOCK, "attn.hook_v", BATCH, POS, KV_HEAD, D_HEAD),
  /** Queries after the rotary embedding. */
  ROT_Q(Place.BLOCK, "attn.hook_rot_q", BATCH, POS, HEAD, D_HEAD),
  /** Keys after the rotary embedding. */
  ROT_K(Place.BLOCK, "attn.hook_rot_k", BATCH, POS, KV_HEAD, D_HEAD),
  /** Scaled query-key products; minus infinity where the mask forbids. */
  ATTN_SCORES(Place.BLOCK, "attn.hook_attn_scores", BATCH, HEAD, QUERY, KEY),
  /** Attention: softmax of the scores over the keys. */
  PATTERN(Place.BLOCK, "attn.hook_pattern", BATCH, HEAD, QUERY, KEY),
  /** Values mixed by the pattern, before the output weights. */
  Z(Place.BLOCK, "attn.hook_z", BATCH, POS, HEAD, D_HEAD),
  /** What each head writes, without the output bias. Computed only where a plan names it. */
  RESULT(Place.BLOCK, "attn.hook_result", BATCH, POS, HEAD, D_MODEL),
  /** What the norm behind attention divides by. */
  LN1_POST_SCALE(Place.BLOCK, "ln1_post.hook_scale", BATCH, POS, ONE),
  /** What the norm behind attention gives, before its scale. */
  LN1_POST_NORMALIZED(Place.BLOCK, "ln1_post.hook_normalized", BATCH, POS, D_MODEL),
  /** What attention adds to the residual stream, bias included. */
  ATTN_OUT(Place.BLOCK, "hook_attn_out", BATCH, POS, D_MODEL),
  /** The residual stream between attention and MLP. */
  RESID_MID(Place.BLOCK, "hook_resid_mid", BATCH, POS, D_MODEL),
  /** What the MLP reads, before its norm. Computed only where a plan names it. */
  MLP_IN(Place.BLOCK, "hook_mlp_in", BATCH, POS, D_MODEL),
  /** What the norm before the MLP divides by. */
  LN2_SCALE(Place.BLOCK, "ln2.hook_scale", BATCH, POS, ONE),
  /** The norm's output before the MLP. */
  LN2_NORMALIZED(Place.BLOCK, "ln2.hook_normalized", BATCH, POS, D_MODEL),
  /** Neurons before the activation function; in a gated MLP, the gate's. */
  MLP_PRE(Place.BLOCK, "mlp.hook_pre", BATCH, POS, D_MLP),
  /** In a gated MLP, what the gate multiplies. */
  MLP_PRE_LINEAR(Place.BLOCK, "mlp.hook_pre_linear", BATCH, POS, D_MLP),
  /** Neurons after the activation function. */
  MLP_POST(Place.BLOCK, "mlp.hook_post", BATCH, POS, D_MLP),
  /** What the norm behind the MLP divides by. */
  LN2_POST_SCALE(Place.BLOCK, "ln2_post.hook_scale", BATCH, POS, ONE),
  /** What the norm behind the MLP gives, before its scale. */
  LN2_POST_NORMALIZED(Place.BLOCK, "ln2_post.hook_normalized", BATCH, POS, D_MODEL),
  /** What the MLP adds to the residual stream. */
  MLP_OUT(Place.BLOCK, "hook_mlp_out", BATCH, POS, D_MODEL),
  /** The residual stream that leaves a block. */
  RESID_POST(Place.BLOCK, "hook_resid_post", BATCH, POS, D_MODEL),

  /** What the final norm divides by. */
  LN_FINAL_SCALE(Place.MODEL, "ln_final.hook_scale", BATCH, POS, ONE),
  /** The final norm's output, which the unembedding reads. */
  LN_FINAL_NORMALIZED(Place.MODEL, "ln_final.hook_normalized", BATCH, POS, D_MODEL);

  /** Whether the model has a place once, or once in each block. */
  public enum Place {
    MODEL,
    BLOCK
  }

  private final Place place;
  private final String suffix;
  private final List<Dim> dims;

  HookKind(Place place, String suffix, Dim... dims) {
    this.place = place;
    this.suffix = suffix;
    this.dims = List.of(dims);
  }

  public Place place() {
    return place;
  }

  /** The name without the block: {@code attn.hook_pattern}. */
  public String suffix() {
    return suffix;
  }

  /** The axes of the activation, outermost first. */
  public List<Dim> dims() {
    return dims;
  }

  /** The axis that counts positions: {@code pos}, or {@code query} for attention's matrices. */
  public Dim positions() {
    return dims.contains(QUERY) ? QUERY : POS;
  }

  /**
   * True for large activations that {@link RunPlan#captureAll} skips; they are computed only when a
   * plan names them. These are the places that TransformerLens computes only after {@code
   * set_use_attn_result}, {@code set_use_split_qkv_input} and the like, and the token ids.
   */
  public boolean onlyByName() {
    return switch (this) {
      case TOKENS, ATTN_IN, Q_INPUT, K_INPUT, V_INPUT, MLP_IN, RESULT -> true;
      default -> false;
    };
  }

  /** This place in one block. */
  public HookPoint at(int layer) {
    return new HookPoint(this, layer);
  }

  /**
   * This place, which the model has once.
   *
   * @throws dev.fresnel.error.FresnelException if each block has it
   */
  public HookPoint inModel() {
    if (place == Place.BLOCK) {
      throw new dev.fresnel.error.FresnelException(
          "each block has " + this + "; say which, with at(layer) or a layer beside it");
    }
    return new HookPoint(this, HookPoint.NO_LAYER);
  }
}
