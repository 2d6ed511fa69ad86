package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;
import java.util.List;
import java.util.stream.DoubleStream;

/** Draws bars in rows. Lengths are CSS pixels. */
final class BarsDrawing implements Drawing {
  private static final double MARGIN = 24;
  private static final double ROW = 22;
  private static final double BAR = 12;

  /** The height of the unit above the bars. */
  private static final double HEADING = 24;

  private static final double FONT = 12;
  private static final double TITLE = 14;

  /** The width of a letter as a part of its size, the widest label, and the room for a number. */
  private static final double LETTER = 0.6;

  private static final double WIDEST = 180;
  private static final double NUMBER = 64;

  /** The colours of a page's bars: what adds, what subtracts. */
  static final int ADDS = 0xc2611a;

  static final int SUBTRACTS = 0x3f83c9;

  private final String name;
  private final String unit;
  private final List<BarRow> rows;
  private final double width;

  BarsDrawing(String unit, List<BarRow> rows, double width) {
    this("", unit, rows, width);
  }

  /**
   * @param name the heading; may be empty
   */
  BarsDrawing(String name, String unit, List<BarRow> rows, double width) {
    this.name = name;
    this.unit = unit;
    this.rows = rows;
    this.width = width;
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    return 2 * MARGIN + HEADING + rows.size() * ROW;
  }

  @Override
  public String description() {
    var bars = Figure.counted(rows.size(), "bar") + ", in " + unit + ".";
    return name.isEmpty() ? bars : name + ": " + bars;
  }

  @Override
  public void draw(Canvas canvas) {
    double labels =
        Math.min(
            WIDEST,
            rows.stream().mapToDouble(row -> TokenText.width(row.label())).max().orElse(0)
                * FONT
                * LETTER);
    double left = MARGIN + labels + 10;
    double right = Math.max(left + 40, width - MARGIN - NUMBER);
    var ends =
        rows.stream()
            .flatMapToDouble(row -> DoubleStream.of(0, row.from(), row.to()))
            .filter(Double::isFinite)
            .summaryStatistics();
    double low = ends.getMin();
    double high = ends.getMax() > low ? ends.getMax() : low + 1;
    double zero = left + (0 - low) / (high - low) * (right - left);
    double bottom = MARGIN + HEADING + rows.size() * ROW;
    if (!name.isEmpty()) {
      canvas.text(Ink.TEXT, TITLE, true, Anchor.START, MARGIN, MARGIN + 14, name);
    }
    canvas.text(Ink.MUTED, FONT, false, Anchor.END, width - MARGIN, MARGIN + 12, unit);
    canvas.line(
        Ink.GRID,
        Stroke.HAIR,
        new double[] {zero, zero},
        new double[] {MARGIN + HEADING - 4, bottom});
    double y = MARGIN + HEADING;
    for (var row : rows) {
      var label = TokenText.fitted(row.label(), (int) (labels / FONT / LETTER) + 1).strip();
      canvas.text(Ink.TEXT, FONT, row.sum(), Anchor.END, left - 8, y + 15, label);
      if (Double.isFinite(row.to())) {
        double from = left + (row.from() - low) / (high - low) * (right - left);
        double to = left + (row.to() - low) / (high - low) * (right - left);
        int colour = row.value() < 0 ? SUBTRACTS : ADDS;
        canvas.fill(colour, Math.min(from, to), y + 5, Math.max(1, Math.abs(to - from)), BAR);
      } else {
        canvas.label(Pixels.NOT_A_NUMBER, FONT, zero + 8, y + 15, "×");
      }
      var number = TokensText.number(row.value());
      canvas.text(Ink.TEXT, FONT, row.sum(), Anchor.END, width - MARGIN, y + 15, number);
      y += ROW;
    }
  }
}
