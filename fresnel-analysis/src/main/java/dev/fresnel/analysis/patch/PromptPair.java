package dev.fresnel.analysis.patch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Token;
import dev.fresnel.text.Tokens;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Two texts of the same number of tokens: one that makes the model give an answer, and one that
 * does not.
 *
 * <pre>{@code
 * var pair = PromptPair.of(model, "When John and Mary went out, John called",
 *     "When John and Mary went out, Mary called", " Mary", " John");
 * }</pre>
 *
 * @param clean one row
 * @param corrupted one row of the same length
 * @param answer the id of the clean text's next token; -1 for none
 * @param wrong the id of the corrupted text's next token; -1 for none
 */
public record PromptPair(Tokens clean, Tokens corrupted, int answer, int wrong) {
  /** Stands for a token that a pair does not have. */
  public static final int NONE = -1;

  /**
   * @throws FresnelException if the texts are not one row each, or have different numbers of
   *     tokens, where the message shows both; or if the answer is the wrong token
   */
  public PromptPair {
    if (clean.batch() != 1 || corrupted.batch() != 1) {
      throw new FresnelException(
          "a pair is one clean and one corrupted text; got %d and %d rows: make a pair of each"
              .formatted(clean.batch(), corrupted.batch()));
    }
    if (clean.length() != corrupted.length()) {
      throw new FresnelException(
          "the two texts must have the same number of tokens; clean has %d, corrupted %d:%nclean: %s%ncorrupted: %s%nExchange a word for one of as many tokens."
              .formatted(clean.length(), corrupted.length(), listed(clean), listed(corrupted)));
    }
    if (answer == wrong && answer != NONE) {
      throw new FresnelException(
          "the answer and the wrong token are the same, %d, so their logits never differ; give another wrong token"
              .formatted(answer));
    }
  }

  /**
   * A pair of texts. A BOS comes first if the model's texts start with one.
   *
   * @param answer exactly one token, with the space before it; null for none
   * @param wrong exactly one token; null for none
   * @throws FresnelException if the texts have different numbers of tokens, or an answer is not one
   *     token; the message shows the tokens
   */
  public static PromptPair of(
      Transformer model,
      String clean,
      String corrupted,
      @Nullable String answer,
      @Nullable String wrong) {
    return new PromptPair(
        model.tokens(clean), model.tokens(corrupted), single(model, answer), single(model, wrong));
  }

  /** The id of an answer. */
  private static int single(Transformer model, @Nullable String answer) {
    return answer == null ? NONE : model.tokenizer().orElseThrow().singleContinuation(answer);
  }

  /** A text alone, for experiments that need no second one. */
  public static PromptPair alone(Tokens text) {
    return new PromptPair(text, text, NONE, NONE);
  }

  /** The number of positions. */
  public int length() {
    return clean.length();
  }

  /** The first position at which the texts differ; the length where they are equal. */
  public int firstDifference() {
    int position = 0;
    while (position < length() && clean.id(0, position) == corrupted.id(0, position)) {
      position++;
    }
    return position;
  }

  /** {@code [ "When" (2215), " John" (1757) ]}. */
  private static String listed(Tokens tokens) {
    return tokens.row(0).stream()
        .map(PromptPair::shown)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String shown(Token token) {
    return token.text() == null
        ? Integer.toString(token.id())
        : "\"" + token.text() + "\" (" + token.id() + ")";
  }
}
