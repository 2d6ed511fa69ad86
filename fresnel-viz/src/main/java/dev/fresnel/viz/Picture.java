package dev.fresnel.viz;

import dev.fresnel.file.WholeFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A drawing of a size and a theme, which can be written as a file. It is made without a browser.
 *
 * <pre>{@code
 * Figure.heatMap(map).picture(640, Theme.LIGHT).writePng(Path.of("patching.png"));
 * }</pre>
 */
public final class Picture {
  /** Pixels of a PNG file per CSS pixel: sharp on displays of high density. */
  private static final int PNG_SCALE = 2;

  private final Drawing drawing;
  private final @Nullable Theme theme;

  /**
   * @param theme null for that of its reader's system
   */
  Picture(Drawing drawing, @Nullable Theme theme) {
    this.drawing = drawing;
    this.theme = theme;
  }

  /** The width in CSS pixels. */
  public double width() {
    return drawing.width();
  }

  /** The height in CSS pixels. */
  public double height() {
    return drawing.height();
  }

  /**
   * Writes an SVG file. A reader finds the whole file or none.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be written
   */
  public void writeSvg(Path file) {
    WholeFile.write(file, svg().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a PNG file, with two pixels per CSS pixel.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be written, or this Java has no
   *     fonts to draw with
   */
  public void writePng(Path file) {
    Theme shown = theme == null ? Theme.LIGHT : theme;
    WholeFile.write(file, RasterCanvas.png(drawing, PNG_SCALE, shown));
  }

  String svg() {
    var canvas = new SvgCanvas(theme);
    drawing.draw(canvas);
    return canvas.document(
        drawing.width(), drawing.height(), drawing.zoom(), drawing.description());
  }
}
