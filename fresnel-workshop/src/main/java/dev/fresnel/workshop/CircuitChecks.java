package dev.fresnel.workshop;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.workshop.Checks.Copying;
import dev.fresnel.workshop.Checks.KComposition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The checks of chapter 9: the circuit in the weights, by plain loops. */
final class CircuitChecks {
  private CircuitChecks() {}

  static Verdict kComposition(KComposition method) {
    try (var small = SmallModel.plain()) {
      var trials = new ArrayList<Trial>();
      for (int[] pair : new int[][] {{0, 0}, {1, 2}, {2, 1}}) {
        var early = new HeadId(0, pair[0]);
        var late = new HeadId(1, pair[1]);
        double[][] ov = product(weight(small, early, "V"), weight(small, early, "O"));
        double[][] qk = product(weight(small, late, "Q"), transposed(weight(small, late, "K")));
        double[][] lateOv = product(weight(small, late, "V"), weight(small, late, "O"));
        double whole = norm(ov) * norm(qk);
        double right = norm(product(ov, transposed(qk))) / whole;
        var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
        mistakes.put(
            "Query and key are exchanged: this is Q-composition. The later head reads through its"
                + " keys here, W_K.",
            () -> score(norm(product(ov, qk)) / whole));
        mistakes.put(
            "This is not divided by the norms of the two matrices.", () -> score(right * whole));
        mistakes.put(
            "This is divided by the norm of one of the two matrices alone.",
            () -> score(right * norm(qk)));
        mistakes.put(
            "This is V-composition: the later head's values are read, not its keys.",
            () -> score(norm(product(ov, lateOv)) / (norm(ov) * norm(lateOv))));
        mistakes.put(
            "The early head's OV matrix is read from the wrong side: it is what it writes, along"
                + " W_O, that the later head reads.",
            () -> score(norm(product(transposed(ov), transposed(qk))) / whole));
        mistakes.put(
            "The two heads are exchanged: the earlier one writes, the later one reads.",
            () -> {
              double[][] otherOv = lateOv;
              double[][] otherQk =
                  product(weight(small, early, "Q"), transposed(weight(small, early, "K")));
              return score(
                  norm(product(otherOv, transposed(otherQk))) / (norm(otherOv) * norm(otherQk)));
            });
        trials.add(
            new Trial(
                "from %s to %s".formatted(early, late),
                () -> score(method.of(small.model(), early, late)),
                score(right),
                mistakes,
                Map.of()));
      }
      return Judge.judge("k-composition", trials);
    }
  }

  private static Answer score(double value) {
    return Answer.of("the score", value);
  }

  static Verdict copying(Copying method) {
    try (var small = SmallModel.plain()) {
      var trials = new ArrayList<Trial>();
      for (var head :
          List.of(new HeadId(0, 0), new HeadId(1, 1), new HeadId(1, 2), new HeadId(0, 1))) {
        double[][] logits =
            product(
                product(
                    square(small.weight("embed.W_E"), SmallModel.VOCABULARY, SmallModel.D_MODEL),
                    product(weight(small, head, "V"), weight(small, head, "O"))),
                square(small.weight("unembed.W_U"), SmallModel.D_MODEL, SmallModel.VOCABULARY));
        var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
        mistakes.put(
            "Rows and columns are exchanged: for each token read, compare the logits of all tokens"
                + " that could be written.",
            () -> score(share(transposed(logits))));
        mistakes.put(
            "This is the share of tokens whose own logit rises: it has to be the greatest of all.",
            () -> score(positive(logits)));
        mistakes.put(
            "A whole number divided by a whole number is a whole number in Java, here 0: make one"
                + " of them a double.",
            () -> score(Math.floor(share(logits))));
        mistakes.put(
            "This is the number of tokens: divide by the size of the vocabulary.",
            () -> score(share(logits) * SmallModel.VOCABULARY));
        mistakes.put(
            "This is the mean of the diagonal: count for how many tokens their own logit is the"
                + " greatest.",
            () -> score(diagonal(logits)));
        trials.add(
            new Trial(
                "on " + head + " of a model with 13 tokens",
                () -> score(method.of(small.model(), head)),
                score(share(logits)),
                mistakes));
      }
      return Judge.judge("copying", trials);
    }
  }

  /** For which share of rows the diagonal is the greatest number. */
  private static double share(double[][] logits) {
    int own = 0;
    for (int row = 0; row < logits.length; row++) {
      int best = 0;
      for (int column = 1; column < logits.length; column++) {
        best = logits[row][column] > logits[row][best] ? column : best;
      }
      own += best == row ? 1 : 0;
    }
    return (double) own / logits.length;
  }

  private static double positive(double[][] logits) {
    double count = 0;
    for (int i = 0; i < logits.length; i++) {
      count += logits[i][i] > 0 ? 1 : 0;
    }
    return count / logits.length;
  }

  private static double diagonal(double[][] logits) {
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      sum += logits[i][i];
    }
    return sum / logits.length;
  }

  /** W_Q, W_K and W_V as [d_model][d_head], W_O as [d_head][d_model]. */
  private static double[][] weight(SmallModel small, HeadId id, String letter) {
    double[] all = small.weight("blocks." + id.layer() + ".attn.W_" + letter);
    int rows = letter.equals("O") ? SmallModel.D_HEAD : SmallModel.D_MODEL;
    int columns = letter.equals("O") ? SmallModel.D_MODEL : SmallModel.D_HEAD;
    int from = id.head() * rows * columns;
    return square(java.util.Arrays.copyOfRange(all, from, from + rows * columns), rows, columns);
  }

  private static double[][] square(double[] flat, int rows, int columns) {
    double[][] matrix = new double[rows][columns];
    for (int i = 0; i < flat.length; i++) {
      matrix[i / columns][i % columns] = flat[i];
    }
    return matrix;
  }

  private static double[][] transposed(double[][] matrix) {
    double[][] other = new double[matrix[0].length][matrix.length];
    for (int row = 0; row < matrix.length; row++) {
      for (int column = 0; column < matrix[row].length; column++) {
        other[column][row] = matrix[row][column];
      }
    }
    return other;
  }

  private static double[][] product(double[][] one, double[][] other) {
    double[][] product = new double[one.length][other[0].length];
    for (int row = 0; row < one.length; row++) {
      for (int middle = 0; middle < other.length; middle++) {
        for (int column = 0; column < other[0].length; column++) {
          product[row][column] += one[row][middle] * other[middle][column];
        }
      }
    }
    return product;
  }

  private static double norm(double[][] matrix) {
    double sum = 0;
    for (double[] row : matrix) {
      for (double each : row) {
        sum += each * each;
      }
    }
    return Math.sqrt(sum);
  }
}
