package dev.fresnel.bench;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;

/**
 * The highest rates of this machine for products and for reading memory, which a pass mostly
 * consists of.
 */
final class Rates {
  private static final Dim ROW = new Dim("row");
  private static final Dim IN = new Dim("in");
  private static final Dim OUT = new Dim("out");

  private Rates() {}

  /** 10⁹ operations per second in the first product of GPT-2 small's MLP, for this many rows. */
  static double gigaflops(int rows) {
    return best(30, rows, 3072, 2.0 * rows * 768 * 3072);
  }

  /** 10⁹ bytes per second that the product of a 150 MB matrix with one vector reads. */
  static double gigabytes() {
    return best(8, 1, 50_000, 4.0 * 768 * 50_000);
  }

  private static double best(int times, int rows, int width, double amount) {
    double best = 0;
    try (var all = Scope.open()) {
      Tensor x = Tensor.full(Shape.of(ROW, rows).and(IN, 768), 0.5).copy();
      Tensor stored = Tensor.full(Shape.of(OUT, width).and(IN, 768), 0.25).copy();
      Tensor weight = rows == 1 ? stored.order(IN, OUT) : stored.order(IN, OUT).contiguous();
      for (int i = 0; i < times; i++) {
        try (var scope = Scope.open()) {
          long start = System.nanoTime();
          Fused.linear(x, new Fused.Layer(weight, null), IN);
          best = Math.max(best, amount / (System.nanoTime() - start));
        }
      }
    }
    return best;
  }
}
