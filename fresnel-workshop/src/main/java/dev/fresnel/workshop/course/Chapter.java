package dev.fresnel.workshop.course;

import java.util.List;

/**
 * A chapter of the workshop.
 *
 * @param number counted from 1
 * @param key the name of its files, such as {@code detectors}
 * @param title its heading
 * @param minutes how long it takes
 */
public record Chapter(int number, String key, String title, int minutes, List<Part> parts) {
  public Chapter {
    parts = List.copyOf(parts);
  }

  /** The exercises, in order. */
  public List<Exercise> exercises() {
    return parts.stream().filter(Exercise.class::isInstance).map(Exercise.class::cast).toList();
  }

  /** The class of its exercises: {@code Detectors}. */
  public String className() {
    return Character.toUpperCase(key.charAt(0)) + key.substring(1);
  }

  /** Its notebook and its text: {@code 3-detectors}. */
  public String fileName() {
    return number + "-" + key;
  }
}
