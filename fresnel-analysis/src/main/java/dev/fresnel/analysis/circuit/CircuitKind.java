package dev.fresnel.analysis.circuit;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.model.Transformer;

/** The two circuits of a head. */
public enum CircuitKind {
  /** Where it attends. */
  QK,
  /** What it writes for a token that it attends to. */
  OV;

  /**
   * A head's circuit from token to token, as {@link Circuits#fullQk} and {@link Circuits#fullOv}
   * have it: d_vocab by d_vocab.
   *
   * @throws dev.fresnel.error.FresnelException if there is no such head
   */
  public FactoredMatrix fromTokens(Transformer model, HeadId head) {
    return this == QK ? Circuits.fullQk(model, head) : Circuits.fullOv(model, head);
  }
}
