package dev.fresnel.model.config;

/** Which dimensions form the pairs that a rotary embedding rotates. */
public enum RotaryPairs {
  /** i with i + half: Llama, GPT-NeoX. */
  HALVES,
  /** 2i with 2i + 1: GPT-J. */
  ADJACENT
}
