package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import java.awt.AWTError;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import javax.imageio.ImageIO;

/** A canvas of pixels. */
final class RasterCanvas implements Canvas {
  private final Graphics2D graphics;
  private final Theme theme;

  private RasterCanvas(Graphics2D graphics, Theme theme) {
    this.graphics = graphics;
    this.theme = theme;
  }

  /**
   * The bytes of a PNG file with a drawing.
   *
   * @param width of the drawing, in CSS pixels
   * @param height of the drawing, in CSS pixels
   * @param scale pixels of the file per CSS pixel
   * @throws FresnelException if this Java cannot draw text
   */
  static byte[] png(double width, double height, int scale, Theme theme, Consumer<Canvas> drawing) {
    var image =
        new BufferedImage(
            (int) Math.ceil(width * scale),
            (int) Math.ceil(height * scale),
            BufferedImage.TYPE_INT_RGB);
    try {
      var graphics = image.createGraphics();
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      graphics.scale(scale, scale);
      graphics.setColor(new Color(Ink.SURFACE.in(theme)));
      graphics.fill(new Rectangle2D.Double(0, 0, width, height));
      drawing.accept(new RasterCanvas(graphics, theme));
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

  private static byte[] encoded(BufferedImage image) {
    var bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
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
    var before = graphics.getTransform();
    graphics.translate(x, y);
    graphics.rotate(-Math.PI / 2);
    write(ink.in(theme), size, false, Anchor.START, 0, 0, text);
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

  private void write(
      int colour, double size, boolean bold, Anchor anchor, double x, double y, String text) {
    var font = new Font(Font.SANS_SERIF, bold ? Font.BOLD : Font.PLAIN, 1);
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
