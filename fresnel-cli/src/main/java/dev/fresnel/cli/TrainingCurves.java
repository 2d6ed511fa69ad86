package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.train.History;
import dev.fresnel.viz.Curves;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A training run as curves: its losses, and the scores of its best heads, against the tokens seen.
 *
 * @param name which run this is, such as {@code standard positions}
 * @param measured the run's history; at least one entry
 */
record TrainingCurves(String name, List<History.Entry> measured) {
  /** The induction score from which on a head counts as one that copies. */
  private static final double FORMED = 0.5;

  private static final String INDUCTION = "induction";

  private static final Curves.Panel LOSSES =
      new Curves.Panel("loss", "loss, nats", List.of("training", "held out", "second half"), null);
  private static final Curves.Panel SCORES =
      new Curves.Panel(
          "score",
          "best head’s score",
          List.of("previous token", INDUCTION),
          new Curves.Range(0, 1));

  /** The series of the two panels, in their order. */
  private static final List<ToDoubleFunction<History.Entry>> SERIES =
      List.of(
          History.Entry::loss,
          History.Entry::heldOutLoss,
          History.Entry::secondHalfLoss,
          History.Entry::previousToken,
          History.Entry::induction);

  private static final String CAPTION =
      "Plotted against the tokens seen so far. “Second half” is the loss on the second copy of"
          + " random tokens, which only copying can lower. “Training” is the loss on the training"
          + " batches, which jumps where the recipe changes their contents. The vertical dashed"
          + " line marks where a head’s induction score was first measured as "
          + FORMED
          + " or more.";

  /**
   * Checks that a history can be drawn.
   *
   * @param source the name of the history in errors
   * @throws FresnelException if nothing was measured, or the tokens do not ascend from above 0
   */
  static TrainingCurves of(String name, List<History.Entry> measured, String source) {
    if (measured.isEmpty()) {
      throw new FresnelException(
          source + " cannot be drawn: “" + name + "” holds no measurement; it needs one");
    }
    long before = 0;
    for (int i = 0; i < measured.size(); i++) {
      long tokens = measured.get(i).tokens();
      if (tokens <= before) {
        throw new FresnelException(
            "%s cannot be drawn: “%s”, measurement %d: expected more than %d tokens seen, since tokens rise from 0; got %d"
                .formatted(source, name, i + 1, before, tokens));
      }
      before = tokens;
    }
    return new TrainingCurves(name, List.copyOf(measured));
  }

  /** Several runs, side by side. */
  static Curves drawn(List<TrainingCurves> runs) {
    return new Curves(
        "Training: losses and head scores",
        CAPTION,
        new Curves.Along("tokens", "tokens seen"),
        List.of(LOSSES, SCORES),
        runs.stream().map(TrainingCurves::run).toList());
  }

  private Curves.Run run() {
    var tokens = measured.stream().mapToDouble(History.Entry::tokens).toArray();
    var values =
        SERIES.stream()
            .map(series -> measured.stream().mapToDouble(series).toArray())
            .toArray(double[][]::new);
    var formed = formed();
    var mark =
        formed.isPresent()
            ? new Curves.Mark(INDUCTION + " " + FORMED, INDUCTION, formed.getAsInt())
            : new Curves.Mark(INDUCTION + " stays below " + FORMED, INDUCTION, null);
    return new Curves.Run(name, tokens, values, mark);
  }

  /**
   * The first measurement, counted from 0, at which a head's induction score was 0.5 or more; empty
   * where there is none.
   */
  OptionalInt formed() {
    return IntStream.range(0, measured.size())
        .filter(i -> measured.get(i).induction() >= FORMED)
        .findFirst();
  }
}
