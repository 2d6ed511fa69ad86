package dev.fresnel.viz;

import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lines: one column per run, all on the same axes. The figure needs no script, and can be a file of
 * its own.
 *
 * <pre>{@code
 * Figure.curves(curves).writeSvg(Path.of("curves.svg"));
 * }</pre>
 */
public final class CurvesFigure extends Figure {
  /** Runs that stand side by side in a file; more go below. */
  private static final int COLUMNS = 2;

  /** The width of a run at least, where several stand side by side, and at most. */
  private static final double LEAST = 340;

  private static final double LARGEST = 576;

  /** Around every run of a file, in CSS pixels. */
  private static final double MARGIN = 18;

  private final Curves curves;
  private final CurvesDrawing drawing;

  CurvesFigure(@Nullable String title, Curves curves) {
    super(title);
    this.curves = curves;
    this.drawing = new CurvesDrawing(curves);
  }

  @Override
  public CurvesFigure titled(String title) {
    return new CurvesFigure(title, curves);
  }

  @Override
  String ownTitle() {
    return curves.title();
  }

  @Override
  String subtitle() {
    return curves.caption();
  }

  @Override
  FigureData data(String prefix) {
    var out = new StringBuilder("<div class=\"curves\">\n");
    for (var run : curves.runs()) {
      var canvas = new SvgCanvas();
      drawing.draw(run, canvas);
      out.append(canvas.element(CurvesDrawing.WIDTH, drawing.height(), drawing.description(run)));
      out.append('\n');
    }
    out.append("</div>\n<details><summary>Table</summary>\n<div class=\"curves\">");
    curves.runs().forEach(run -> CurvesTable.write(out, drawing, run));
    return FigureData.still(out.append("</div></details>\n").toString());
  }

  /**
   * Writes the curves as an SVG file. Its colours are light or dark, as its reader's system is. A
   * reader finds the whole file or none.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be written
   */
  public void writeSvg(Path file) {
    picture().writeSvg(file);
  }

  /**
   * Writes the curves as a PNG file in light colours, 952 pixels wide for one run and 1868 for
   * more.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be written, or this Java has no
   *     fonts to draw with
   */
  public void writePng(Path file) {
    picture().writePng(file);
  }

  String svg() {
    return picture().svg();
  }

  private Picture picture() {
    return new Picture(new Sheet(COLUMNS, 0), null);
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    int most = (int) ((width - MARGIN) / (LEAST + MARGIN));
    return new Sheet(Math.max(1, most), width);
  }

  /** Runs side by side. */
  private final class Sheet implements Drawing {
    private final int columns;
    private final double asked;

    /**
     * @param most runs side by side
     * @param asked the width; 0 for that which the runs need
     */
    Sheet(int most, double asked) {
      int runs = curves.runs().size();
      int lines = (runs + Math.min(most, runs) - 1) / Math.min(most, runs);
      columns = (runs + lines - 1) / lines;
      this.asked = asked;
    }

    private double natural() {
      return MARGIN + columns * (CurvesDrawing.WIDTH + MARGIN);
    }

    @Override
    public double width() {
      return asked == 0 ? natural() : asked;
    }

    @Override
    public double zoom() {
      return Math.min(LARGEST / CurvesDrawing.WIDTH, width() / natural());
    }

    @Override
    public double height() {
      int lines = (curves.runs().size() + columns - 1) / columns;
      return Math.ceil(zoom() * (MARGIN + lines * (drawing.height() + MARGIN)));
    }

    @Override
    public String description() {
      return curves.runs().stream().map(drawing::description).collect(Collectors.joining(" "));
    }

    @Override
    public void draw(Canvas canvas) {
      for (int i = 0; i < curves.runs().size(); i++) {
        double right = MARGIN + i % columns * (CurvesDrawing.WIDTH + MARGIN);
        double down = MARGIN + i / columns * (drawing.height() + MARGIN);
        drawing.draw(curves.runs().get(i), canvas.moved(right, down));
      }
    }
  }

  @Override
  void csv(Csv csv) {
    CurvesTable.csv(csv, drawing, curves);
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    CurvesText.write(drawing, curves, terminal, out);
  }
}
