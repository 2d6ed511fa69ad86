/**
 * Text and token ids. Everything here is on the Java heap; no tensors.
 *
 * <p>A guided tour: {@link dev.fresnel.text.Tokenizer} turns text into {@link
 * dev.fresnel.text.Tokens}, a batch of rows of ids, and ids back into text. {@link
 * dev.fresnel.text.Bos} says whether a beginning-of-sequence token comes first. A {@link
 * dev.fresnel.text.Token} is one id with its text, a label for results.
 *
 * <p>A tokenizer comes from a Hugging Face tokenizer.json with its {@link
 * dev.fresnel.text.SpecialTokens}, or from what a GGUF file says ({@link
 * dev.fresnel.text.GgufVocabulary}), which is rewritten as a tokenizer.json. Either way the Rust
 * tokenizers do the work, loaded when the first tokenizer is made. They end the process on some
 * inputs where they should give an error, so {@code TokenizerJson}, {@code TokenizerParts} and
 * {@code RegexCheck} read a file first and refuse those.
 */
@NullMarked
package dev.fresnel.text;

import org.jspecify.annotations.NullMarked;
