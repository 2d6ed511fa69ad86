package dev.fresnel.viz;

import java.util.List;
import java.util.stream.Collectors;

/** Drawings one above the other; of two margins that meet, one is left out. */
record StackedDrawing(List<Drawing> parts) implements Drawing {
  private static final double MARGIN = 24;

  @Override
  public double width() {
    return parts.stream().mapToDouble(Drawing::width).max().orElse(0);
  }

  @Override
  public double height() {
    double all = parts.stream().mapToDouble(Drawing::height).sum();
    return all - MARGIN * Math.max(0, parts.size() - 1);
  }

  @Override
  public String description() {
    return parts.stream().map(Drawing::description).distinct().collect(Collectors.joining(" "));
  }

  @Override
  public void draw(Canvas canvas) {
    double down = 0;
    for (var part : parts) {
      part.draw(canvas.moved(0, down));
      down += part.height() - MARGIN;
    }
  }
}
