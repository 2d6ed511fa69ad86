package dev.fresnel.workshop;

/**
 * What a check found.
 *
 * <pre>{@code
 * Checks.isPreviousToken((query, key) -> key == query).outcome();   // WRONG
 * }</pre>
 *
 * @param exercise its name, such as {@code average-over-condition}
 * @param outcome how it went
 * @param message what differs, and which mistake usually gives this; for a passed check, that it
 *     passed
 */
public record Verdict(String exercise, Outcome outcome, String message) {
  /** How a check went. */
  public enum Outcome {
    PASSED,
    WRONG,
    NOT_WRITTEN
  }

  public boolean passed() {
    return outcome == Outcome.PASSED;
  }

  /**
   * For tests: does nothing if the check passed.
   *
   * @throws AssertionError with the message if it did not
   */
  public void require() {
    if (!passed()) {
      throw new AssertionError(this);
    }
  }

  @Override
  public String toString() {
    String what =
        switch (outcome) {
          case PASSED -> "passed";
          case WRONG -> "not right yet";
          case NOT_WRITTEN -> "not written yet";
        };
    return exercise
        + ": "
        + what
        + (message.isEmpty() ? "" : "\n" + message.indent(2).stripTrailing());
  }
}
