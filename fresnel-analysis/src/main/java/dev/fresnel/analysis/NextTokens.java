package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

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
                + (logits.size(D_VOCAB) - 1)
                + "; choose one of them");
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
    return topRows(model, logits.unsqueeze(POS), count).get(0);
  }

  /** The tokens with the largest logits [pos, d_vocab], at each position. */
  static List<List<Prediction>> topRows(Transformer model, Tensor logits, int count) {
    int vocabulary = (int) logits.size(D_VOCAB);
    requireCount(count);
    int most = Math.min(count, vocabulary);
    Tensor ordered = logits.order(POS, D_VOCAB);
    float[] all = ordered.floats();
    Tensor greatest = ordered.max(D_VOCAB);
    float[] logSums = ordered.minus(greatest).exp().sum(D_VOCAB).log().plus(greatest).floats();
    var rows = new ArrayList<List<Prediction>>();
    for (int row = 0; row < logSums.length; row++) {
      var predictions = new ArrayList<Prediction>();
      for (int id : greatest(all, row * vocabulary, vocabulary, most)) {
        float logit = all[row * vocabulary + id];
        var token = TokenTexts.token(model, id);
        double probability = Math.exp(logit - logSums[row]);
        predictions.add(new Prediction(predictions.size() + 1, token, logit, probability));
      }
      rows.add(predictions);
    }
    return rows;
  }

  /**
   * The indices of the greatest numbers of a row, the greatest first; of equal ones the first. For
   * the few that are shown, one look at each number is many times as fast as libtorch's topk.
   */
  static int[] greatest(float[] all, int from, int length, int most) {
    int[] best = new int[most];
    if (most == 0) {
      return best;
    }
    int found = 0;
    float least = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      float number = all[from + i];
      if (found == most && !(number > least)) {
        continue;
      }
      int place = found < most ? found++ : most - 1;
      for (; place > 0 && number > all[from + best[place - 1]]; place--) {
        best[place] = best[place - 1];
      }
      best[place] = i;
      least = all[from + best[found - 1]];
    }
    return best;
  }

  static void requireCount(int count) {
    if (count < 0) {
      throw new FresnelException(
          "the number of likeliest tokens must be at least 0, got %d; 0 keeps none"
              .formatted(count));
    }
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
