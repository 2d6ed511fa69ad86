package dev.fresnel.analysis;

import java.util.List;
import java.util.OptionalLong;

/**
 * How a model's losses and its best heads changed while it was trained.
 *
 * @param name which run this is, such as {@code standard positions}
 * @param measured what was measured, in the order of training; at least one measurement
 */
public record TrainingCurves(String name, List<Measured> measured) {
  /** An induction score from which on a head counts as one that copies. */
  public static final double FORMED = 0.5;

  /**
   * What was measured at one moment. Losses are means in nats, scores lie in 0..1; NaN where there
   * was nothing to measure.
   *
   * @param tokens how many tokens the model had seen
   * @param loss of the batches that it was trained on
   * @param heldOutLoss on text that no batch held
   * @param secondHalfLoss on random tokens that come twice: the second time
   * @param induction the highest induction score of a head
   * @param previousToken the highest previous-token score of a head
   */
  public record Measured(
      long tokens,
      double loss,
      double heldOutLoss,
      double secondHalfLoss,
      double induction,
      double previousToken) {}

  /**
   * @throws IllegalArgumentException if nothing was measured, or the tokens do not rise from above
   *     0
   */
  public TrainingCurves {
    measured = List.copyOf(measured);
    if (measured.isEmpty()) {
      throw new IllegalArgumentException("“" + name + "” holds no measurement; it needs one");
    }
    long before = 0;
    for (int i = 0; i < measured.size(); i++) {
      long tokens = measured.get(i).tokens();
      if (tokens <= before) {
        throw new IllegalArgumentException(
            "“%s”, measurement %d: expected more than %d tokens seen, since tokens rise from 0; got %d"
                .formatted(name, i + 1, before, tokens));
      }
      before = tokens;
    }
  }

  /**
   * How many tokens had been seen when the induction score was first measured as {@link #FORMED} or
   * more; empty if it never was.
   */
  public OptionalLong formed() {
    return measured.stream()
        .filter(each -> each.induction() >= FORMED)
        .mapToLong(Measured::tokens)
        .findFirst();
  }
}
