package dev.fresnel.analysis.attribution;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Tokens;
import java.util.stream.IntStream;

/** Two inputs whose positions correspond. */
record TokenPair(Tokens clean, Tokens corrupted) {
  TokenPair {
    if (clean.batch() != corrupted.batch() || clean.length() != corrupted.length()) {
      throw new FresnelException(
          "clean and corrupted texts need as many tokens each, since positions are compared; got %d text(s) of %d and %d of %d: %s and %s"
              .formatted(
                  clean.batch(),
                  clean.length(),
                  corrupted.batch(),
                  corrupted.length(),
                  clean.row(0).stream().map(token -> token.label()).toList(),
                  corrupted.row(0).stream().map(token -> token.label()).toList()));
    }
    if (clean.isPadded() || corrupted.isPadded()) {
      throw new FresnelException(
          "texts of different length cannot be compared by position; run them pair by pair");
    }
  }

  /** The first position at which any text differs from its counterpart; 0 if none does. */
  int firstDifference() {
    return IntStream.range(0, clean.length())
        .filter(
            position ->
                IntStream.range(0, clean.batch())
                    .anyMatch(row -> clean.id(row, position) != corrupted.id(row, position)))
        .findFirst()
        .orElse(0);
  }
}
