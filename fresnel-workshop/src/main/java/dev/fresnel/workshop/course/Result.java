package dev.fresnel.workshop.course;

import java.util.Locale;

/**
 * How an exercise of a learner's folder stands.
 *
 * @param exercise its id
 * @param chapter its chapter, counted from 1
 * @param outcome how the check went
 * @param message what is wrong; empty where nothing is
 */
public record Result(String exercise, int chapter, Outcome outcome, String message) {
  /** How it stands. */
  public enum Outcome {
    PASSED,
    WRONG,
    NOT_WRITTEN,
    DOES_NOT_COMPILE,
    TOO_SLOW,
    MISSING;

    /** As JSON has it: {@code not_written}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
