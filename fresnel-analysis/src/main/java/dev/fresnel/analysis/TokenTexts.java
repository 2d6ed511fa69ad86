package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Token;

/** Labels for token ids. */
public final class TokenTexts {
  private TokenTexts() {}

  /**
   * A token with its text; without where the model has no tokenizer, or one that cannot be used.
   */
  public static Token token(Transformer model, int id) {
    try {
      return model
          .tokenizer()
          .map(tokenizer -> tokenizer.token(id))
          .orElseGet(() -> new Token(id, null));
    } catch (FresnelException unusable) {
      return new Token(id, null);
    }
  }
}
