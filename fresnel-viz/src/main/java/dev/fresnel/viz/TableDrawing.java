package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;
import java.util.List;

/** Draws a table of texts. Lengths are in CSS pixels. */
final class TableDrawing implements Drawing {
  private static final double MARGIN = 24;
  private static final double ROW = 24;
  private static final double FONT = 12;

  /** The width of a letter of equal width, and the room between two columns. */
  private static final double LETTER = 0.602 * FONT;

  private static final double BETWEEN = 20;

  private final List<String> heads;
  private final List<List<String>> lines;
  private final double width;
  private final Theme theme;
  private final double[] lefts;

  TableDrawing(List<String> heads, List<List<String>> lines, double width, Theme theme) {
    this.heads = heads;
    this.lines = lines;
    this.theme = theme;
    lefts = new double[heads.size() + 1];
    for (int column = 0; column < heads.size(); column++) {
      int at = column;
      int letters = lines.stream().mapToInt(line -> TokenText.width(line.get(at))).max().orElse(0);
      int most = Math.max(letters, TokenText.width(heads.get(column)));
      lefts[column + 1] = lefts[column] + most * LETTER + BETWEEN;
    }
    this.width = Math.max(width, Math.ceil(2 * MARGIN + lefts[heads.size()]));
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    return 2 * MARGIN + (lines.size() + 1) * ROW;
  }

  @Override
  public String description() {
    return "A table of " + String.join(", ", heads) + ".";
  }

  @Override
  public void draw(Canvas canvas) {
    for (int row = -1; row < lines.size(); row++) {
      double y = MARGIN + (row + 1) * ROW;
      for (int column = 0; column < heads.size(); column++) {
        double x = MARGIN + lefts[column];
        if (row < 0) {
          canvas.text(Ink.TEXT, FONT, true, Anchor.START, x, y + 16, heads.get(column));
        } else {
          var text = lines.get(row).get(column);
          canvas.code(Ink.TEXT.in(theme), FONT, Anchor.START, x, y + 16, text);
        }
      }
      double[] below = {y + ROW, y + ROW};
      canvas.line(Ink.GRID, Stroke.HAIR, new double[] {MARGIN, width - MARGIN}, below);
    }
  }
}
