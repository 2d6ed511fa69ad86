package dev.fresnel.train;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.Passages;
import dev.fresnel.analysis.RepeatedTokens;
import dev.fresnel.analysis.ScoredHead;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Measures a model in training, always on the same tokens. */
final class Measurement {
  private static final int TEXTS = 32;
  private static final int REPEATED = 16;
  private static final long SEED = 20;

  /** What was measured: losses are means, in nats; each head is the one with the highest score. */
  record Result(
      double heldOutLoss,
      double firstHalfLoss,
      double secondHalfLoss,
      ScoredHead induction,
      ScoredHead previousToken) {}

  private final Passages heldOut;
  private final RepeatedTokens repeated;

  /**
   * @param length tokens of a text that the model reads; a random stretch has a third of them, so
   *     that it fits twice
   * @param bos the BOS token; negative for none
   */
  Measurement(int[] heldOut, int length, int vocabulary, int bos) {
    if (heldOut.length < 2) {
      throw new FresnelException(
          "the text is too short to hold a part of it out: training needs at least 40 tokens; give a longer one");
    }
    int size = Math.min(length + 1, heldOut.length);
    int texts = Math.max(1, Math.min(TEXTS, heldOut.length / size));
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < texts; i++) {
      int from = (int) ((long) i * (heldOut.length - size) / Math.max(1, texts - 1));
      int[] row = Arrays.copyOfRange(heldOut, from, from + size);
      if (bos >= 0 && i % 2 == 0) {
        System.arraycopy(row, 0, row, 1, size - 1);
        row[0] = bos;
      }
      rows.add(row);
    }
    this.heldOut = Passages.of(rows);
    var first = bos >= 0 ? OptionalInt.of(bos) : OptionalInt.empty();
    repeated = RepeatedTokens.random(REPEATED, length / 3, vocabulary, first, SEED);
  }

  Result of(Transformer model) {
    var induction = HeadDetector.induction();
    var previousToken = HeadDetector.previousToken();
    try (var scope = Scope.open();
        var twice = model.run(repeated.tokens(), induction.plan().and(previousToken.plan()))) {
      var losses = repeated.losses(twice);
      return new Result(
          heldOut.loss(model),
          losses.firstHalf(),
          losses.secondHalf(),
          induction.score(twice).values().ranked().get(0),
          previousToken.score(twice).values().ranked().get(0));
    }
  }
}
