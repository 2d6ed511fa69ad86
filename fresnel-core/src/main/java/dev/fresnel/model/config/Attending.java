package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * How the heads of one layer attend.
 *
 * @param divisor divides query-key products; usually the square root of d_head
 * @param cap the soft cap of the scores: {@code cap tanh(score / cap)}; empty for none
 * @param reach the earlier positions that a query sees
 * @param queryKeyNorm the norm of each head's queries and keys, along d_head
 */
public record Attending(double divisor, OptionalDouble cap, Reach reach, Norm queryKeyNorm) {
  public Attending {
    SoftCap.requirePositive("attention scores", cap);
  }

  /**
   * Attention with products divided by this number, no soft cap, all earlier positions, and no
   * norm.
   */
  public static Attending scaledBy(double divisor) {
    return new Attending(divisor, OptionalDouble.empty(), Reach.ALL, new Norm.None());
  }

  /** Attention with products divided by the square root of d_head. */
  public static Attending standard(int dHead) {
    return scaledBy(Math.sqrt(dHead));
  }

  /** This attention in every layer. */
  public List<Attending> inEveryLayer(int layers) {
    return Collections.nCopies(layers, this);
  }

  /**
   * This attention in every layer, with products of layer i also divided by i + 1: an option of
   * GPT-2.
   */
  public List<Attending> dividedByDepth(int layers) {
    return IntStream.rangeClosed(1, layers)
        .mapToObj(depth -> new Attending(divisor * depth, cap, reach, queryKeyNorm))
        .toList();
  }

  public Attending withReach(Reach other) {
    return new Attending(divisor, cap, other, queryKeyNorm);
  }

  public Attending withCap(double limit) {
    return new Attending(divisor, OptionalDouble.of(limit), reach, queryKeyNorm);
  }

  public Attending withQueryKeyNorm(Norm norm) {
    return new Attending(divisor, cap, reach, norm);
  }

  /** Checks that soft caps are positive. */
  static final class SoftCap {
    private SoftCap() {}

    static void requirePositive(String what, OptionalDouble cap) {
      if (cap.isPresent() && !(cap.getAsDouble() > 0)) {
        throw new FresnelException(
            "the soft cap of " + what + " must be above 0, is " + cap.getAsDouble());
      }
    }
  }
}
