package dev.fresnel.viz;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Collects the weights of a text that are farthest from zero. */
final class StrongestWeights {
  /** How many are kept: lines of a short table. */
  private static final int MOST = 20;

  /** One weight. */
  record Weight(int layer, int head, int query, int key, float weight) {
    float size() {
      return Math.abs(weight);
    }

    Weight from(int first) {
      return new Weight(layer, first + head, query, key, weight);
    }
  }

  private final PriorityQueue<Weight> kept =
      new PriorityQueue<>(MOST + 1, Comparator.comparingDouble(Weight::size));

  /** The size that a weight must exceed to be kept; below 0 while there is room. */
  private float least = -1;

  /** Adds a row of weights. Of the first token there is none: it can only read itself. */
  void add(int layer, int head, int query, float[] row) {
    for (int key = 0; query > 0 && key < row.length; key++) {
      if (Math.abs(row[key]) > least) {
        kept.add(new Weight(layer, head, query, key, row[key]));
        if (kept.size() > MOST) {
          kept.remove();
        }
        least = kept.size() < MOST ? -1 : kept.peek().size();
      }
    }
  }

  /** The greatest sizes first. */
  List<Weight> list() {
    return kept.stream().sorted(Comparator.comparingDouble(Weight::size).reversed()).toList();
  }
}
