package dev.fresnel.analysis.patch;

import dev.fresnel.hook.Dims;
import dev.fresnel.hook.HookKind;
import dev.fresnel.tensor.Dim;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an ablation removes, one at a time. */
public enum AblationSite {
  /** One head's mixed values at all positions: {@code z}. */
  HEADS(HookKind.Z, Dims.HEAD),
  /** What one MLP writes. */
  MLPS(HookKind.MLP_OUT, null),
  /** One neuron, after the activation function. */
  NEURONS(HookKind.MLP_POST, Dims.D_MLP),
  /** The residual stream before a layer at one position. */
  POSITIONS(HookKind.RESID_PRE, Dims.POS);

  private final HookKind kind;
  private final @Nullable Dim axis;

  AblationSite(HookKind kind, @Nullable Dim axis) {
    this.kind = kind;
    this.axis = axis;
  }

  /** The hook point's kind. */
  public HookKind kind() {
    return kind;
  }

  /** The axis of which one index is removed; empty where all of the activation is. */
  Optional<Dim> axis() {
    return Optional.ofNullable(axis);
  }

  /** {@code heads}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
