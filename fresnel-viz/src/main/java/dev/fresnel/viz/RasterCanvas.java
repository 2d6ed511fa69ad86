package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import java.awt.AWTError;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.TexturePaint;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A canvas of pixels. */
final class RasterCanvas implements Canvas {
  /** The side of the tile that is repeated as hatching. */
  private static final int HATCH = 6;

  private final Graphics2D graphics;
  private final Theme theme;

  private RasterCanvas(Graphics2D graphics, Theme theme) {
    this.graphics = graphics;
    this.theme = theme;
  }

  /**
   * The bytes of a PNG file with a drawing.
   *
   * @param scale pixels of the file per CSS pixel
   * @throws FresnelException if this Java cannot draw text
   */
  static byte[] png(Drawing drawing, int scale, Theme theme) {
    int width = (int) Math.ceil(drawing.width() * scale);
    int height = (int) Math.ceil(drawing.height() * scale);
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    try {
      var graphics = image.createGraphics();
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      graphics.setColor(new Color(Ink.SURFACE.in(theme)));
      graphics.fillRect(0, 0, width, height);
      graphics.scale(scale * drawing.zoom(), scale * drawing.zoom());
      drawing.draw(new RasterCanvas(graphics, theme));
      graphics.dispose();
    } catch (LinkageError | InternalError | AWTError e) {
      // There are no fonts or no drawing library, or the screen cannot be reached.
      throw new FresnelException(
          "this Java cannot draw a PNG ("
              + e
              + "); write an .svg file, set -Djava.awt.headless=true, or install fonts and a whole"
              + " JDK",
          e);
    }
    return encoded(image);
  }

  static byte[] encoded(BufferedImage image) {
    var bytes = new ByteArrayOutputStream();
    // In memory: ImageIO.write alone would make a temporary file for each picture.
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public Canvas moved(double right, double down) {
    var moved = (Graphics2D) graphics.create();
    moved.translate(right, down);
    return new RasterCanvas(moved, theme);
  }

  @Override
  public void line(Ink ink, Stroke stroke, double[] xs, double[] ys) {
    var path = new Path2D.Double();
    path.moveTo(xs[0], ys[0]);
    for (int i = 1; i < xs.length; i++) {
      path.lineTo(xs[i], ys[i]);
    }
    var dashes = stroke.dashes();
    graphics.setStroke(
        new BasicStroke(
            stroke.width,
            BasicStroke.CAP_BUTT,
            BasicStroke.JOIN_ROUND,
            10,
            dashes.length == 0 ? null : dashes,
            0));
    graphics.setColor(new Color(ink.in(theme)));
    graphics.draw(path);
  }

  @Override
  public void dot(Ink ink, double x, double y, double radius) {
    graphics.setColor(new Color(ink.in(theme)));
    graphics.fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius));
  }

  @Override
  public void text(
      Ink ink, double size, boolean bold, Anchor anchor, double x, double y, String text) {
    write(ink.in(theme), size, bold, anchor, x, y, text);
  }

  @Override
  public void upright(Ink ink, double size, double x, double y, String text) {
    upright(x, y, () -> write(ink.in(theme), size, false, Anchor.START, 0, 0, text));
  }

  private void upright(double x, double y, Runnable writing) {
    var before = graphics.getTransform();
    graphics.translate(x, y);
    graphics.rotate(-Math.PI / 2);
    writing.run();
    graphics.setTransform(before);
  }

  @Override
  public void fill(int colour, double x, double y, double width, double height) {
    graphics.setColor(new Color(colour));
    graphics.fill(new Rectangle2D.Double(x, y, width, height));
  }

  @Override
  public void label(int colour, double size, double x, double y, String text) {
    write(colour, size, false, Anchor.MIDDLE, x, y, text);
  }

  @Override
  public void code(int colour, double size, Anchor anchor, double x, double y, String text) {
    write(Font.MONOSPACED, colour, size, false, anchor, x, y, text);
  }

  @Override
  public void uprightCode(int colour, double size, Anchor anchor, double x, double y, String text) {
    upright(x, y, () -> code(colour, size, anchor, 0, 0, text));
  }

  @Override
  public void hatch(double x, double y, double width, double height) {
    var tile = new BufferedImage(HATCH * 4, HATCH * 4, BufferedImage.TYPE_INT_RGB);
    var drawn = tile.createGraphics();
    drawn.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    drawn.scale(4, 4);
    drawn.setColor(new Color(Ink.HATCHED.in(theme)));
    drawn.fill(new Rectangle2D.Double(0, 0, HATCH, HATCH));
    drawn.setColor(new Color(Ink.HATCHING.in(theme)));
    drawn.setStroke(new BasicStroke(1.2f));
    for (int from = -HATCH; from <= HATCH; from += HATCH) {
      drawn.drawLine(from, HATCH, from + HATCH, 0);
    }
    drawn.dispose();
    graphics.setPaint(new TexturePaint(tile, new Rectangle2D.Double(0, 0, HATCH, HATCH)));
    graphics.fill(new Rectangle2D.Double(x, y, width, height));
  }

  @Override
  public void pixels(Pixels pixels, double x, double y, double width, double height) {
    var place = AffineTransform.getTranslateInstance(x, y);
    place.scale(width / pixels.width(), height / pixels.height());
    graphics.drawImage(pixels.image(), place, null);
  }

  private void write(
      int colour, double size, boolean bold, Anchor anchor, double x, double y, String text) {
    write(Font.SANS_SERIF, colour, size, bold, anchor, x, y, text);
  }

  private void write(
      String family,
      int colour,
      double size,
      boolean bold,
      Anchor anchor,
      double x,
      double y,
      String text) {
    var font = new Font(family, bold ? Font.BOLD : Font.PLAIN, 1);
    graphics.setFont(font.deriveFont((float) size));
    graphics.setColor(new Color(colour));
    double width =
        graphics.getFont().getStringBounds(text, graphics.getFontRenderContext()).getWidth();
    double before =
        switch (anchor) {
          case START -> 0;
          case MIDDLE -> width / 2;
          case END -> width;
        };
    graphics.drawString(text, (float) (x - before), (float) y);
  }
}
