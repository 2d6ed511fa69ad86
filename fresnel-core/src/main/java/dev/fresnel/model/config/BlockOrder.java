package dev.fresnel.model.config;

/** Whether the MLP reads what attention wrote. */
public enum BlockOrder {
  SEQUENTIAL,
  /** Attention and MLP read the same residual stream: GPT-J, GPT-NeoX. */
  PARALLEL
}
