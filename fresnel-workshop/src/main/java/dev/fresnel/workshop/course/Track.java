package dev.fresnel.workshop.course;

/** How much of an exercise is given. */
public enum Track {
  /** The signature alone. */
  HARD,
  /** The signature, the first lines and the steps. */
  GUIDED,
  /** The solution: for teachers, and for tests. */
  SOLVED
}
