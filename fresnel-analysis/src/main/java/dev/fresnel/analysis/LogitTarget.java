package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.model.WeightKind.B_U;
import static dev.fresnel.model.WeightKind.W_U;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Tensor;
import java.util.OptionalInt;

/**
 * What is taken apart: the logit of one token, or that of one token less that of another, which is
 * the logarithm of the ratio of their probabilities.
 *
 * @param token the token's id
 * @param minus the id of the token whose logit is subtracted; empty for none
 */
public record LogitTarget(int token, OptionalInt minus) {
  /**
   * @throws FresnelException if both tokens are the same
   */
  public LogitTarget {
    if (minus.isPresent() && minus.getAsInt() == token) {
      throw new FresnelException(
          "token %d less itself is 0 everywhere; give two tokens, or one".formatted(token));
    }
  }

  /** The logit of one token. */
  public static LogitTarget of(int token) {
    return new LogitTarget(token, OptionalInt.empty());
  }

  /**
   * The logit of the token that really comes next in a run of one text.
   *
   * @param position counted from 0, BOS included
   * @throws FresnelException if the run holds several texts, or if {@code position} has no next
   *     token
   */
  public static LogitTarget ofNextToken(Run run, int position) {
    Texts.requireOne(run);
    Texts.requireNext(run, position);
    return of(run.tokens().id(0, position + 1));
  }

  /** The logit of one token less that of another. */
  public static LogitTarget difference(int token, int minus) {
    return new LogitTarget(token, OptionalInt.of(minus));
  }

  /** The direction of the final norm's output that the logit reads [d_model]. */
  Tensor column(Transformer model) {
    Tensor own = column(model, token);
    return minus.isPresent() ? own.minus(column(model, minus.getAsInt())) : own;
  }

  private static Tensor column(Transformer model, int id) {
    requirePredicted(model, id);
    return model.weight(W_U.inModel()).select(D_VOCAB, id);
  }

  /** What the unembedding's bias adds. */
  double bias(Transformer model) {
    return bias(model, token) - (minus.isPresent() ? bias(model, minus.getAsInt()) : 0);
  }

  private static double bias(Transformer model, int id) {
    return model.has(B_U.inModel()) ? model.weight(B_U.inModel()).select(D_VOCAB, id).item() : 0;
  }

  static void requirePredicted(Transformer model, int id) {
    int predicted = model.config().sizes().vocabularyOut();
    if (id < 0 || id >= predicted) {
      throw new FresnelException(
          "token %d cannot be predicted by this model: it predicts ids 0 to %d; choose another token, or a position before another token"
              .formatted(id, predicted - 1));
    }
  }
}
