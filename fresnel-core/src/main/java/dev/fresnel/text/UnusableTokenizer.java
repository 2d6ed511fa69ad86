package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer that a file describes and that cannot be used. Why and what to do are two parts, so
 * that an error of what the tokenizer belongs to can give its own advice.
 */
public final class UnusableTokenizer extends FresnelException {
  private static final long serialVersionUID = 1L;

  static final String FILE = "The tokenizer.json";

  static final String USE_IDS = "Give token ids in place of text.";

  private final String reason;
  private final String advice;

  private UnusableTokenizer(
      String subject, String reason, String advice, @Nullable Throwable cause) {
    super(subject + " cannot be used: " + reason + ". " + advice, cause);
    this.reason = reason;
    this.advice = advice;
  }

  /**
   * Of a tokenizer.json.
   *
   * @param reason a clause without a full stop
   * @param advice sentences
   */
  static UnusableTokenizer file(String reason, String advice, @Nullable Throwable cause) {
    return new UnusableTokenizer(FILE, reason, advice, cause);
  }

  static UnusableTokenizer file(String reason, String advice) {
    return file(reason, advice, null);
  }

  /** Of a GGUF file's metadata. */
  static UnusableTokenizer gguf(String reason) {
    return new UnusableTokenizer("The GGUF file's tokenizer", reason, USE_IDS, null);
  }

  /** The same of a GGUF file, of whose metadata the tokenizer.json was made. */
  UnusableTokenizer ofGguf() {
    return new UnusableTokenizer("The GGUF file's tokenizer", reason, advice, this);
  }

  /** Why, as a clause without a full stop. */
  public String reason() {
    return reason;
  }

  /** What to do, as sentences. */
  public String advice() {
    return advice;
  }
}
