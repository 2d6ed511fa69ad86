package dev.fresnel.generate;

import org.jspecify.annotations.Nullable;

/**
 * One token of a generation, as it is made.
 *
 * @param index its place among the new tokens, counted from 0
 * @param id its index in the vocabulary
 * @param text the characters that are certain since the token before. It is empty while a character
 *     is incomplete, and while the text may be the beginning of a stop string; null if the model
 *     has no tokenizer
 */
public record GeneratedToken(int index, int id, @Nullable String text) {}
