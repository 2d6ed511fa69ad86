package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model's tokenizer, or why it has none that can be used.
 *
 * @param tokenizer null where there is none
 * @param reason what follows the model's name in an error: {@code has no tokenizer}
 */
public record TokenizerOrReason(@Nullable Tokenizer tokenizer, String reason) {
  /** Where no file holds a tokenizer. */
  public static final TokenizerOrReason NONE = new TokenizerOrReason(null, "has no tokenizer");

  /** A tokenizer; null for {@link #NONE}. */
  public static TokenizerOrReason of(@Nullable Tokenizer tokenizer) {
    return tokenizer == null ? NONE : new TokenizerOrReason(tokenizer, "has a tokenizer");
  }

  /** None, for a reason. */
  public static TokenizerOrReason none(String reason) {
    return new TokenizerOrReason(null, reason);
  }

  /** None, since it cannot be used. Weights are of use without a tokenizer. */
  public static TokenizerOrReason unusable(FresnelException problem) {
    String reason =
        problem instanceof UnusableTokenizer known ? known.reason() : problem.getMessage();
    return none(
        "has a tokenizer that cannot be used: "
            + (reason.endsWith(".") ? reason.substring(0, reason.length() - 1) : reason));
  }

  /** The tokenizer, if there is one. */
  public Optional<Tokenizer> found() {
    return Optional.ofNullable(tokenizer);
  }
}
