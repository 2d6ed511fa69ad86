/**
 * Text and token ids. Everything is on the Java heap; there are no tensors.
 *
 * <p>{@link dev.fresnel.text.Tokenizer} turns text into {@link dev.fresnel.text.Tokens}, a batch of
 * rows of ids, and ids back into text. {@link dev.fresnel.text.Bos} says whether a
 * beginning-of-sequence token comes first. A {@link dev.fresnel.text.Token} is one id with its
 * text, a label for results.
 *
 * <p>A tokenizer is made from a Hugging Face tokenizer.json with its {@link
 * dev.fresnel.text.SpecialTokens}, or from a GGUF file's metadata ({@link
 * dev.fresnel.text.GgufVocabulary}), which is converted to a tokenizer.json. In both cases the
 * native Rust tokenizers do the work; they are loaded with the first text. On some inputs they end
 * the process instead of reporting an error, so {@code TokenizerJson}, {@code TokenizerParts} and
 * {@code RegexCheck} read a file first and reject such inputs.
 */
@NullMarked
package dev.fresnel.text;

import org.jspecify.annotations.NullMarked;
