package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;

/** What a model expects next. */
public final class NextTokens {
  private NextTokens() {}

  /**
   * The likeliest tokens after a position, the likeliest first.
   *
   * @param position counted from 0, BOS included
   * @param count the number of tokens; the vocabulary's size if that is smaller
   */
  public static List<Prediction> of(Run run, int position, int count) {
    Texts.requireOne(run);
    requirePosition(run, position);
    try (var scope = Scope.open()) {
      return top(run.model(), run.logits(position).select(BATCH, 0), count);
    }
  }

  /**
   * The rank, logit and probability of one token after a position.
   *
   * @param position counted from 0, BOS included
   */
  public static Prediction of(Run run, int position, Token token) {
    Texts.requireOne(run);
    requirePosition(run, position);
    try (var scope = Scope.open()) {
      Tensor logits = run.logits(position).select(BATCH, 0);
      if (token.id() < 0 || token.id() >= logits.size(D_VOCAB)) {
        throw new FresnelException(
            "token "
                + token.id()
                + " cannot be predicted: ids are 0 to "
                + (logits.size(D_VOCAB) - 1));
      }
      float[] all = logits.floats();
      float own = all[token.id()];
      int rank = 1;
      for (float logit : all) {
        rank += logit > own ? 1 : 0;
      }
      double probability = Math.exp(logits.logSoftmax(D_VOCAB).select(D_VOCAB, token.id()).item());
      return new Prediction(rank, token, own, probability);
    }
  }

  /** The tokens with the largest logits [d_vocab]. */
  static List<Prediction> top(Transformer model, Tensor logits, int count) {
    long[] ids = logits.topIndices(D_VOCAB, Math.min(count, logits.size(D_VOCAB))).longs();
    float[] top = logits.gather(D_VOCAB, ids).floats();
    float[] logProbabilities = logits.logSoftmax(D_VOCAB).gather(D_VOCAB, ids).floats();
    var predictions = new ArrayList<Prediction>();
    for (int i = 0; i < ids.length; i++) {
      int id = Math.toIntExact(ids[i]);
      predictions.add(
          new Prediction(
              i + 1, TokenTexts.token(model, id), top[i], Math.exp(logProbabilities[i])));
    }
    return predictions;
  }

  private static void requirePosition(Run run, int position) {
    int length = run.tokens().length();
    if (position < 0 || position >= length) {
      throw new FresnelException(
          "the text has no position "
              + position
              + ": it has "
              + length
              + " tokens, positions 0 to "
              + (length - 1));
    }
  }
}
