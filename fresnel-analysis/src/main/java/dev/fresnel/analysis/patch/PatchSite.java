package dev.fresnel.analysis.patch;

import dev.fresnel.hook.Dims;
import dev.fresnel.hook.HookKind;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Dim;
import java.util.List;
import java.util.Locale;

/** The activation that a patching sweep replaces, in one layer at a time. */
public enum PatchSite {
  /** The residual stream before a layer. */
  RESID_PRE(HookKind.RESID_PRE),
  /** The residual stream between attention and MLP. */
  RESID_MID(HookKind.RESID_MID),
  /** What attention writes. */
  ATTN_OUT(HookKind.ATTN_OUT),
  /** What the MLP writes. */
  MLP_OUT(HookKind.MLP_OUT),
  /** A head's mixed values, before the output weights. */
  HEAD_OUT(HookKind.Z),
  /** A head's queries. */
  HEAD_Q(HookKind.Q),
  /** A key-value head's keys. */
  HEAD_K(HookKind.K),
  /** A key-value head's values. */
  HEAD_V(HookKind.V),
  /** A head's attention pattern. */
  HEAD_PATTERN(HookKind.PATTERN);

  /** The sites that TransformerLens's {@code get_act_patch_block_every} stacks. */
  public static final List<PatchSite> BLOCKS = List.of(RESID_PRE, ATTN_OUT, MLP_OUT);

  /** The sites that TransformerLens's {@code get_act_patch_attn_head_*_every} stacks. */
  public static final List<PatchSite> HEADS =
      List.of(HEAD_OUT, HEAD_Q, HEAD_K, HEAD_V, HEAD_PATTERN);

  private final HookKind kind;

  PatchSite(HookKind kind) {
    this.kind = kind;
  }

  /** The hook point's kind. */
  public HookKind kind() {
    return kind;
  }

  /** Whether the site has heads. */
  public boolean ofHeads() {
    return HEADS.contains(this);
  }

  /** The axis of the heads: query heads, or the key-value heads of keys and values. */
  Dim heads() {
    return kind.dims().contains(Dims.KV_HEAD) ? Dims.KV_HEAD : Dims.HEAD;
  }

  /** How many heads a layer has at this site. */
  int heads(Sizes sizes) {
    return heads().equals(Dims.KV_HEAD) ? sizes.keyValueHeads() : sizes.heads();
  }

  /** {@code resid_pre}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
