package dev.fresnel.viz;

import dev.fresnel.analysis.TrainingCurves;
import dev.fresnel.file.WholeFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Losses and head scores of training runs against tokens seen, a column a run, all on the same
 * axes. It needs no script, and can be a file by itself.
 *
 * <pre>{@code
 * Figure.training(List.of(shortformer, standard)).writeSvg(Path.of("curves.svg"));
 * }</pre>
 */
public final class TrainingFigure extends Figure {
  private static final int COLUMNS = 2;
  private static final double MARGIN = 18;
  private static final int PNG_SCALE = 2;

  private final List<TrainingCurves> runs;
  private final TrainingDrawing drawing;

  TrainingFigure(@Nullable String title, List<TrainingCurves> runs) {
    super(title);
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("a figure of training needs at least one run");
    }
    this.runs = List.copyOf(runs);
    this.drawing = new TrainingDrawing(this.runs);
  }

  @Override
  public TrainingFigure titled(String title) {
    return new TrainingFigure(title, runs);
  }

  @Override
  String ownTitle() {
    return "Training: losses and head scores";
  }

  @Override
  String subtitle() {
    return "Against the tokens seen so far. “Second half” is the loss of random tokens that come a"
               + " second time: only copying lowers it. “Training” is the loss of the batches,"
               + " which jumps where the recipe changes what they hold. The broken line stands"
               + " where a head’s induction score was first measured as "
        + TrainingCurves.FORMED
        + " or more.";
  }

  @Override
  FigureData data(String prefix, Tier tier) {
    var out = new StringBuilder("<div class=\"curves\">\n");
    for (var run : runs) {
      var canvas = new SvgCanvas();
      drawing.draw(run, canvas);
      out.append(canvas.element(TrainingDrawing.WIDTH, TrainingDrawing.HEIGHT, description(run)));
      out.append('\n');
    }
    out.append("</div>\n<details><summary>Table</summary>\n<div class=\"curves\">");
    runs.forEach(run -> TrainingTable.write(out, run));
    return new FigureData(out.append("</div></details>\n").toString(), List.of());
  }

  private static String description(TrainingCurves run) {
    var first = run.measured().get(0);
    var last = run.measured().get(run.measured().size() - 1);
    var out = new StringBuilder(run.name()).append(". From ");
    out.append(Axis.amount(first.tokens())).append(" to ");
    out.append(TrainingDrawing.amount(last.tokens())).append(" seen:");
    for (var curves : List.of(TrainingDrawing.LOSSES, TrainingDrawing.SCORES)) {
      for (var curve : curves) {
        out.append(' ').append(curve.label());
        out.append(curves == TrainingDrawing.LOSSES ? " loss " : " score ");
        out.append(TrainingDrawing.number(curve, first)).append(" to ");
        out.append(TrainingDrawing.number(curve, last)).append(',');
      }
    }
    out.setCharAt(out.length() - 1, ';');
    return out.append(' ').append(TrainingDrawing.formation(run)).append('.').toString();
  }

  /**
   * Writes the curves as an SVG file, whose colours are light or dark as its reader's system is. As
   * with every file that Fresnel writes, a reader never finds half of it.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be written
   */
  public void writeSvg(Path file) {
    WholeFile.write(file, svg().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes the curves as a PNG file: light, 952 pixels wide for one run, 1868 for more.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be written, or this Java has no
   *     fonts to draw with
   */
  public void writePng(Path file) {
    var png = RasterCanvas.png(width(), height(), PNG_SCALE, this::drawAll);
    WholeFile.write(file, png);
  }

  String svg() {
    var canvas = new SvgCanvas();
    drawAll(canvas);
    var all = runs.stream().map(TrainingFigure::description).collect(Collectors.joining(" "));
    return canvas.document(width(), height(), all);
  }

  private void drawAll(Canvas canvas) {
    for (int i = 0; i < runs.size(); i++) {
      double right = MARGIN + i % COLUMNS * (TrainingDrawing.WIDTH + MARGIN);
      double down = MARGIN + i / COLUMNS * (TrainingDrawing.HEIGHT + MARGIN);
      drawing.draw(runs.get(i), canvas.moved(right, down));
    }
  }

  private double width() {
    return MARGIN + Math.min(COLUMNS, runs.size()) * (TrainingDrawing.WIDTH + MARGIN);
  }

  private double height() {
    int rows = (runs.size() + COLUMNS - 1) / COLUMNS;
    return MARGIN + rows * (TrainingDrawing.HEIGHT + MARGIN);
  }
}
