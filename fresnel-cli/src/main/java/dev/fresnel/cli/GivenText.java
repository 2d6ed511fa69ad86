package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.TokenCheck;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A text as given: by an option, or as a line of a file of texts, which errors then name.
 *
 * @param where {@code texts.txt, line 3}; empty for an option
 */
record GivenText(String where, String text) {
  /** A line of a file, which is counted from 1. */
  static GivenText line(Path file, int number, String text) {
    return new GivenText(line(file, number), text);
  }

  /** What names a line of a file, which is counted from 1. */
  static String line(Path file, int number) {
    return file + ", line " + number;
  }

  /** The text's tokens, which the model can read. */
  Tokens tokens(Transformer model, Function<String, Tokens> tokenizer) {
    return named(where, () -> readable(model, tokenizer.apply(text)));
  }

  /**
   * The same tokens.
   *
   * @throws FresnelException if the model cannot read them
   */
  static Tokens readable(Transformer model, Tokens tokens) {
    new TokenCheck(model.config()).check(tokens);
    return tokens;
  }

  /** What is read of a place; an error names the place. */
  static <T> T named(String where, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (FresnelException e) {
      throw where.isEmpty() ? e : new FresnelException(where + ": " + e.getMessage(), e);
    }
  }
}
