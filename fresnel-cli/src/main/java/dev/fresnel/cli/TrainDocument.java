package dev.fresnel.cli;

import dev.fresnel.train.History;
import java.nio.file.Path;
import java.util.Locale;

/** The result of {@code train}. */
record TrainDocument(
    String output,
    long steps,
    long tokens,
    double loss,
    double heldOutLoss,
    Head induction,
    Head previousToken)
    implements Document {
  /** The best head. */
  record Head(String head, double score) {}

  static TrainDocument of(Path folder, History.Entry entry) {
    return new TrainDocument(
        folder.toString(),
        entry.step(),
        entry.tokens(),
        entry.loss(),
        entry.heldOutLoss(),
        new Head(entry.inductionHead(), entry.induction()),
        new Head(entry.previousTokenHead(), entry.previousToken()));
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "%s%n%,d steps, %,d tokens%nheld-out loss      %.3f%ninduction          %.2f  %s%n"
            + "previous-token     %.2f  %s",
        Visible.message(output),
        steps,
        tokens,
        heldOutLoss,
        induction.score,
        induction.head,
        previousToken.score,
        previousToken.head);
  }
}
