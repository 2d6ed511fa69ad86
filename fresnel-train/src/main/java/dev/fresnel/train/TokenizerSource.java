package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Where the tokenizer of a model to be trained comes from. */
public sealed interface TokenizerSource {
  /** The bundled model's: byte-level BPE of 3,000 tokens, learned from English texts. */
  record Bundled() implements TokenizerSource {}

  /** A tokenizer.json. */
  record File(Path path) implements TokenizerSource {}

  /**
   * Byte-level BPE, learned from the text that the model is trained on.
   *
   * @param size the number of tokens, BOS included; at least 257. A short text has fewer
   */
  record Learned(int size) implements TokenizerSource {
    public Learned {
      if (size < BytePairs.SMALLEST) {
        throw new FresnelException(
            "a byte-level vocabulary has at least "
                + BytePairs.SMALLEST
                + " tokens, the bytes and a BOS; got "
                + size);
      }
    }
  }

  /**
   * The bytes of the tokenizer.json.
   *
   * @param text what the model is trained on
   * @throws FresnelException if there is no such file
   */
  default byte[] json(String text) {
    if (this instanceof File file) {
      return TrainingRun.bytes(file.path);
    }
    return this instanceof Learned learned
        ? LearnedTokenizer.json(BytePairs.learn(text, LearnedTokenizer.BOS, learned.size))
        : bundled();
  }

  private static byte[] bundled() {
    try (var stream =
        TokenizerSource.class
            .getClassLoader()
            .getResourceAsStream("dev/fresnel/models/tokenizer.json")) {
      if (stream == null) {
        throw new FresnelException(
            "the bundled tokenizer is not on the class path: add the artifact"
                + " dev.fresnel:fresnel-models, give a tokenizer.json, or let one be learned");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the bundled tokenizer", e);
    }
  }
}
