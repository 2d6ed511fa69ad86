package dev.fresnel.analysis;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The scores of all heads by every detector that Fresnel has.
 *
 * <pre>{@code
 * var twice = RepeatedTokens.random(10, 50, vocabulary, bos, 0);
 * HeadScan.inParts(model, twice.tokens()).get(4).above(0.5);   // the induction heads
 * }</pre>
 */
public final class HeadScan {
  /** Attention in memory at once, in numbers: 256 MB. */
  private static final long NUMBERS_AT_ONCE = 1L << 26;

  private HeadScan() {}

  /** What a run has to capture for {@link #of}. It stops where nothing more is to be captured. */
  public static RunPlan plan() {
    return HeadDetector.all().stream()
        .map(HeadDetector::plan)
        .reduce(RunPlan.nothing(), RunPlan::and)
        .stopAfterCapture();
  }

  /** One entry per detector of {@link HeadDetector#all}, in its order. */
  public static List<HeadScores> of(Run run) {
    return HeadDetector.all().stream().map(detector -> detector.score(run)).toList();
  }

  /**
   * The same for a batch of any size: it runs as many of its texts at once as fit into memory. The
   * texts have no padding.
   */
  public static List<HeadScores> inParts(Transformer model, Tokens tokens) {
    long perText = (long) model.layers() * model.heads() * tokens.length() * tokens.length();
    int atOnce = (int) Math.max(1, Math.min(tokens.batch(), NUMBERS_AT_ONCE / perText));
    var parts = new ArrayList<List<HeadScores>>();
    for (int from = 0; from < tokens.batch(); from += atOnce) {
      int to = Math.min(tokens.batch(), from + atOnce);
      var rows = IntStream.range(from, to).mapToObj(tokens::ids).toList();
      try (var run = model.run(Tokens.ofRows(rows), plan())) {
        parts.add(of(run));
      }
    }
    return IntStream.range(0, HeadDetector.all().size())
        .mapToObj(detector -> mean(parts.stream().map(part -> part.get(detector)).toList()))
        .toList();
  }

  /** The mean over the cells of all. */
  private static HeadScores mean(List<HeadScores> parts) {
    var first = parts.get(0);
    long cells = parts.stream().mapToLong(HeadScores::cells).sum();
    double[][] sums = new double[first.values().layers()][first.values().heads()];
    for (HeadScores part : parts) {
      if (part.defined()) {
        double[][] values = part.values().toArray();
        for (int layer = 0; layer < sums.length; layer++) {
          for (int head = 0; head < sums[layer].length; head++) {
            sums[layer][head] += values[layer][head] * part.cells() / cells;
          }
        }
      }
    }
    if (cells == 0) {
      return first;
    }
    return new HeadScores(first.detector(), HeadValues.of(sums), cells);
  }
}
