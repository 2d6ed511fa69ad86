package dev.fresnel.viz;

import dev.fresnel.analysis.Attribution;
import java.util.List;

/**
 * An attribution as a page shows it: the map of the heads, and beside it, where there is room, else
 * below it, a bar for each component that is not a head. Lengths are in CSS pixels.
 */
record AttributionDrawing(Drawing heads, Drawing others) implements Drawing {
  private static final double MARGIN = 24;

  /** Bars stand beside the map from this width on, and the part of the room that the map has. */
  private static final double WIDE = 900;

  private static final double MAP = 1.45 / 2.45;

  /** The widest bars, without their margins. */
  private static final double WIDEST = 560;

  static Drawing of(HeatMap map, Attribution attribution, double width, Theme theme) {
    var maps = List.of(map);
    if (attribution.components().isEmpty()) {
      return new HeatMapDrawing(maps, width, theme);
    }
    var rows =
        attribution.components().stream()
            .map(component -> new BarRow(component.name(), component.score(), 0, false))
            .toList();
    double room = Math.floor((width - 3 * MARGIN) * MAP) + 2 * MARGIN;
    var beside = new HeatMapDrawing(maps, room, theme);
    if (width >= WIDE && beside.width() <= room) {
      return new AttributionDrawing(beside, bars(map.unit(), rows, width - room + MARGIN));
    }
    return new StackedDrawing(
        List.of(new HeatMapDrawing(maps, width, theme), bars(map.unit(), rows, width)));
  }

  private static Drawing bars(String unit, List<BarRow> rows, double width) {
    double wide = Math.min(width, WIDEST + 2 * MARGIN);
    return new BarsDrawing("What is not a head", unit, rows, wide);
  }

  @Override
  public double width() {
    return heads.width() + others.width() - MARGIN;
  }

  @Override
  public double height() {
    return Math.max(heads.height(), others.height());
  }

  @Override
  public String description() {
    return heads.description() + " " + others.description();
  }

  @Override
  public void draw(Canvas canvas) {
    heads.draw(canvas);
    others.draw(canvas.moved(heads.width() - MARGIN, 0));
  }
}
