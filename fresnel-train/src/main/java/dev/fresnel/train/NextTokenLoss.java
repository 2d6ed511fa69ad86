package dev.fresnel.train;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.model.Run;
import dev.fresnel.tensor.CrossEntropy;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;

/** How badly a run predicted each next token, in nats. */
final class NextTokenLoss {
  private NextTokenLoss() {}

  /** The mean over all texts and positions: a scalar that can be derived. */
  static Tensor mean(Run run) {
    return CrossEntropy.mean(logits(run), D_VOCAB, next(run.tokens()));
  }

  /** [batch, pos]: entry i is the loss of token i + 1. */
  static Tensor each(Run run) {
    return CrossEntropy.each(logits(run), D_VOCAB, next(run.tokens()));
  }

  private static Tensor logits(Run run) {
    Tensor normalized = run.normalized();
    return run.model().unembed(normalized.slice(POS, 0, run.tokens().length() - 1));
  }

  private static Tensor next(Tokens tokens) {
    int length = tokens.length() - 1;
    long[] ids = new long[tokens.batch() * length];
    for (int row = 0; row < tokens.batch(); row++) {
      for (int position = 0; position < length; position++) {
        ids[row * length + position] = tokens.id(row, position + 1);
      }
    }
    return Tensor.of(Shape.of(BATCH, tokens.batch()).and(POS, length), ids);
  }
}
