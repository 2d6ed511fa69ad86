package dev.fresnel.analysis.patch;

import java.util.List;
import java.util.stream.IntStream;

/**
 * One axis of a sweep's results.
 *
 * @param name what it counts: {@code layer}, {@code position}, {@code head}, {@code source}
 * @param labels one per place on the axis
 */
public record Axis(String name, List<String> labels) {
  public Axis {
    labels = List.copyOf(labels);
  }

  /** {@code L0}, {@code L1}, …. */
  static Axis layers(int count) {
    return numbered("layer", "L", count);
  }

  /** {@code H0}, {@code H1}, …. */
  static Axis heads(int count) {
    return numbered("head", "H", count);
  }

  /** {@code 0}, {@code 1}, …. */
  static Axis positions(String name, int count) {
    return numbered(name, "", count);
  }

  static Axis numbered(String name, String prefix, int count) {
    return new Axis(name, IntStream.range(0, count).mapToObj(i -> prefix + i).toList());
  }

  public int size() {
    return labels.size();
  }
}
