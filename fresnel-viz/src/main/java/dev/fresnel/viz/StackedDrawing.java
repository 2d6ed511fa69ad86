package dev.fresnel.viz;

import java.util.List;
import java.util.stream.Collectors;

/** Drawings one above the other. */
record StackedDrawing(List<Drawing> parts) implements Drawing {
  @Override
  public double width() {
    return parts.stream().mapToDouble(Drawing::width).max().orElse(0);
  }

  @Override
  public double height() {
    return parts.stream().mapToDouble(Drawing::height).sum();
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
      down += part.height();
    }
  }
}
