package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
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
  /** The least width that a picture of a figure can have, in CSS pixels. */
  public static final int LEAST_WIDTH = 100;

  /** The greatest, in CSS pixels. */
  public static final int MOST_WIDTH = 10_000;

  /** That of a picture for which no width is given: it fits beside a page's text. */
  public static final int USUAL_WIDTH = 960;

  /** Pixels of a PNG file per CSS pixel: sharp on displays of high density. */
  private static final int PNG_SCALE = 2;

  /** The most pixels of a PNG file: 256 MB while it is drawn. */
  private static final double MOST_PIXELS = 64e6;

  private final Drawing drawing;
  private final @Nullable Theme theme;

  /**
   * @param theme null for that of its reader's system
   */
  Picture(Drawing drawing, @Nullable Theme theme) {
    this.drawing = drawing;
    this.theme = theme;
  }

  static void requireWidth(int width) {
    if (width < LEAST_WIDTH || width > MOST_WIDTH) {
      throw new FresnelException(
          "a picture must be %d to %d pixels wide, got %d"
              .formatted(LEAST_WIDTH, MOST_WIDTH, width));
    }
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
   * Writes a PNG file, with two pixels per CSS pixel, or one where there would be too many.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be written, the picture has more
   *     than 64 million pixels, or this Java has no fonts to draw with
   */
  public void writePng(Path file) {
    Theme shown = theme == null ? Theme.LIGHT : theme;
    WholeFile.write(file, RasterCanvas.png(drawing, scale(file), shown));
  }

  private int scale(Path file) {
    double pixels = width() * height();
    if (pixels > MOST_PIXELS) {
      throw new FresnelException(
          "%s would have %.0f million pixels, more than %.0f; write an .svg file, ask for another width, or show less"
              .formatted(file, pixels / 1e6, MOST_PIXELS / 1e6));
    }
    return pixels * PNG_SCALE * PNG_SCALE > MOST_PIXELS ? 1 : PNG_SCALE;
  }

  String svg() {
    var canvas = new SvgCanvas(theme);
    drawing.draw(canvas);
    return canvas.document(
        drawing.width(), drawing.height(), drawing.zoom(), drawing.description());
  }

  @Override
  public String toString() {
    return "Picture of %.0f x %.0f pixels".formatted(width(), height());
  }
}
