package dev.fresnel.workshop.course;

/** A part of a chapter. */
sealed interface Part permits Part.Prose, Part.Cell, Exercise {
  /** Text in Markdown. */
  record Prose(String markdown) implements Part {}

  /**
   * Code to run.
   *
   * @param code without method declarations
   * @param needsAnswers whether it calls what a learner writes
   */
  record Cell(String code, boolean needsAnswers) implements Part {}
}
