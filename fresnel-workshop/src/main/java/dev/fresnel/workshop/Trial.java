package dev.fresnel.workshop;

import java.util.Map;
import java.util.function.Supplier;

/**
 * One call of a learner's method.
 *
 * @param where on what it is called: {@code on a pattern of 4 heads}
 * @param got calls it
 * @param expected what is right, computed independently
 * @param mistakes what usual mistakes give, by what is said of them
 * @param known sizes that may have been taken for one another, by name
 */
record Trial(
    String where,
    Supplier<Answer> got,
    Answer expected,
    Map<String, Supplier<Answer>> mistakes,
    Map<String, Integer> known) {
  Trial(
      String where, Supplier<Answer> got, Answer expected, Map<String, Supplier<Answer>> mistakes) {
    this(where, got, expected, mistakes, Map.of());
  }
}
