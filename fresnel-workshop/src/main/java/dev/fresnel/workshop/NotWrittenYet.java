package dev.fresnel.workshop;

/** What the stub of an exercise throws. */
public final class NotWrittenYet extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String exercise;

  /**
   * @param exercise its name, such as {@code average-over-condition}
   */
  public NotWrittenYet(String exercise) {
    super(exercise + " is not written yet");
    this.exercise = exercise;
  }

  /** The exercise's name. */
  public String exercise() {
    return exercise;
  }
}
