package dev.fresnel.train;

import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.PATTERN;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.ScoredHead;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

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

  private final Tokens heldOut;
  private final Tokens repeated;
  private final int half;

  /**
   * @param length tokens per text; a random stretch has a third of them, so that it fits twice
   * @param bos the BOS token; negative for none
   */
  Measurement(int[] heldOut, int length, int vocabulary, int bos) {
    int size = Math.min(length, heldOut.length);
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
    this.heldOut = Tokens.ofRows(rows);
    half = length / 3;
    repeated = repeatedRandom(vocabulary, bos);
  }

  private Tokens repeatedRandom(int vocabulary, int bos) {
    var random = new Random(SEED);
    List<int[]> rows = new ArrayList<>();
    for (int row = 0; row < REPEATED; row++) {
      int[] ids = new int[2 * half + 1];
      ids[0] = bos >= 0 ? bos : random.nextInt(vocabulary);
      for (int i = 1; i <= half; i++) {
        int id = random.nextInt(vocabulary - 1);
        ids[i] = bos >= 0 && id >= bos ? id + 1 : id;
        ids[i + half] = ids[i];
      }
      rows.add(ids);
    }
    return Tokens.ofRows(rows);
  }

  Result of(Transformer model) {
    try (var scope = Scope.open();
        var text = model.run(heldOut);
        var twice = model.run(repeated, RunPlan.capture(PATTERN))) {
      Tensor losses = NextTokenLoss.each(twice);
      return new Result(
          NextTokenLoss.mean(text).item(),
          mean(losses.slice(POS, 0, half)),
          mean(losses.slice(POS, half + 1, 2 * half)),
          best(HeadDetector.induction().score(twice)),
          best(HeadDetector.previousToken().score(twice)));
    }
  }

  static double mean(Tensor numbers) {
    Tensor mean = numbers;
    for (Dim dim : numbers.dims()) {
      mean = mean.mean(dim);
    }
    return mean.item();
  }

  private static ScoredHead best(HeadScores scores) {
    return scores.above(-1).get(0);
  }
}
