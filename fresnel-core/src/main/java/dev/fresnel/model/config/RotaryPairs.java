package dev.fresnel.model.config;

/** Which dimensions a rotary embedding turns together. */
public enum RotaryPairs {
  /** i with i + half: Llama, GPT-NeoX. */
  HALVES,
  /** 2i with 2i + 1: GPT-J. */
  ADJACENT
}
