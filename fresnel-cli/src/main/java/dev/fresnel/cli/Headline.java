package dev.fresnel.cli;

import dev.fresnel.text.Token;
import java.util.List;

/** The first line of every result: the model and what it read. */
final class Headline {
  private Headline() {}

  static String of(String model, List<Token> tokens, boolean bos) {
    return "%s read %d token%s, %s BOS"
        .formatted(
            Visible.message(model),
            tokens.size(),
            tokens.size() == 1 ? "" : "s",
            bos ? "with" : "without");
  }
}
