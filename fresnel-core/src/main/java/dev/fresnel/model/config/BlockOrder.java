package dev.fresnel.model.config;

/** Whether the MLP reads the output of attention. */
public enum BlockOrder {
  /** The MLP reads the residual stream after attention has added to it: GPT-2, Llama. */
  SEQUENTIAL,
  /** Attention and MLP read the same residual stream: GPT-J, GPT-NeoX. */
  PARALLEL
}
