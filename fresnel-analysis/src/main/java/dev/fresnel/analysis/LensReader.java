package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Reads all that is known of a lens's predictions, block by block, each logit computed once. */
final class LensReader {
  private final Cells cells;
  private final int top;
  private final Followed followed;
  private final int[] everywhere;
  private final Map<String, Tensor> stages;
  private final double[][] entropies;
  private final double[][] divergences;
  private final List<List<List<Prediction>>> likeliest = new ArrayList<>();
  private final List<List<List<Prediction>>> chosen = new ArrayList<>();
  private final List<List<List<Prediction>>> named = new ArrayList<>();

  /** A text names few of a vocabulary's tokens, most of them many times. */
  private final Map<Integer, Token> texts = new HashMap<>();

  /**
   * @param top how many of the likeliest tokens each cell keeps, at most the vocabulary's size
   * @param everywhere ids to follow at each position besides
   */
  LensReader(Cells cells, int top, Followed followed, int... everywhere) {
    this.cells = cells;
    this.top = top;
    this.followed = followed;
    this.everywhere = everywhere.clone();
    stages = LogitLens.stages(cells.run());
    entropies = new double[stages.size()][cells.count()];
    divergences = new double[stages.size()][cells.count()];
    for (int stage = 0; stage < stages.size(); stage++) {
      likeliest.add(new ArrayList<>());
      chosen.add(new ArrayList<>());
      named.add(new ArrayList<>());
    }
  }

  /** The ids to follow at a position, given each stage's likeliest ids there. */
  interface Followed {
    int[] at(int position, int[][] likeliest);
  }

  /**
   * What a column of a lens shows.
   *
   * @param shown how many predictions a cell of the lens holds
   */
  static Followed shown(List<Token> tokens, int vocabulary, int shown) {
    return (position, likeliest) -> {
      var ids = new LinkedHashSet<Integer>();
      if (position + 1 < tokens.size() && tokens.get(position + 1).id() < vocabulary) {
        ids.add(tokens.get(position + 1).id());
      }
      for (int[] stage : likeliest) {
        IntStream.of(stage).limit(Math.min(1, shown)).forEach(ids::add);
      }
      IntStream.of(likeliest[likeliest.length - 1]).limit(shown).forEach(ids::add);
      return ids.stream().mapToInt(Integer::intValue).toArray();
    };
  }

  void read() {
    LensBlock.each(cells, stages.values(), this::read);
  }

  private void read(LensBlock block) {
    int first = block.cells().from() - cells.from();
    double[][] logSums = new double[stages.size()][];
    Tensor last = block.stage(stages.size() - 1).logSoftmax(D_VOCAB);
    Tensor weights = last.exp();
    for (int stage = 0; stage < stages.size(); stage++) {
      try (var scope = Scope.open()) {
        Tensor logits = block.stage(stage);
        Tensor now = logits.logSoftmax(D_VOCAB);
        put(now.exp().times(now).sum(D_VOCAB).times(-1), entropies[stage], first);
        put(weights.times(last.minus(now)).sum(D_VOCAB), divergences[stage], first);
        logSums[stage] = logSums(logits, now);
      }
    }
    for (int at = 0; at < block.cells().count(); at++) {
      readPosition(block, at, first + at, logSums);
    }
  }

  /** Rounding can bring a divergence or an entropy below 0. */
  private static void put(Tensor numbers, double[] into, int first) {
    float[] floats = numbers.floats();
    for (int i = 0; i < floats.length; i++) {
      into[first + i] = floats[i] < 0 ? 0 : floats[i];
    }
  }

  /** The log of the sum of the exponentials, by position: a logit's distance from its log. */
  private static double[] logSums(Tensor logits, Tensor logProbabilities) {
    float[] greatest = logits.max(D_VOCAB).floats();
    float[] logs = logProbabilities.max(D_VOCAB).floats();
    return IntStream.range(0, logs.length).mapToDouble(i -> greatest[i] - logs[i]).toArray();
  }

  private void readPosition(LensBlock block, int at, int position, double[][] logSums) {
    int count = stages.size();
    var rows = new float[count][];
    var tops = new int[count][];
    for (int stage = 0; stage < count; stage++) {
      try (var scope = Scope.open()) {
        rows[stage] = block.row(stage, at);
      }
      tops[stage] = NextTokens.greatest(rows[stage], 0, rows[stage].length, top);
    }
    int[] ids = followed.at(position, tops);
    for (int stage = 0; stage < count; stage++) {
      double logSum = logSums[stage][at];
      int[] inOrder = IntStream.rangeClosed(1, top).toArray();
      likeliest.get(stage).add(predictions(rows[stage], tops[stage], inOrder, logSum));
      chosen.get(stage).add(predictions(rows[stage], ids, logSum));
      named.get(stage).add(predictions(rows[stage], everywhere, logSum));
    }
  }

  private List<Prediction> predictions(float[] logits, int[] ids, double logSum) {
    return predictions(logits, ids, Ranks.of(logits, ids), logSum);
  }

  private List<Prediction> predictions(float[] logits, int[] ids, int[] ranks, double logSum) {
    var predictions = new ArrayList<Prediction>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      float own = logits[ids[i]];
      var token = texts.computeIfAbsent(ids[i], id -> TokenTexts.token(cells.run().model(), id));
      predictions.add(new Prediction(ranks[i], token, own, Math.exp(own - logSum)));
    }
    return predictions;
  }

  /** The lens, with so many predictions in a cell. */
  LogitLens lens(List<Token> tokens, int shown) {
    var cut =
        likeliest.stream()
            .map(row -> row.stream().map(cell -> cell.subList(0, shown)).toList())
            .toList();
    return new LogitLens(tokens, List.copyOf(stages.keySet()), cut);
  }

  LensTrajectory trajectory(List<Token> tokens) {
    var labels = List.copyOf(stages.keySet());
    return new LensTrajectory(tokens, labels, entropies, divergences, chosen);
  }

  /** The tokens that are followed at each position: [stage][position][token]. */
  List<List<List<Prediction>>> named() {
    return named;
  }
}
