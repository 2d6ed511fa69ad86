package dev.fresnel.viz;

import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A canvas of SVG elements. Each element has its ink's light colour as an attribute, which every
 * reader of SVG knows, and a class with the ink's name, by which a style sheet changes the colour.
 *
 * @param theme the theme; null for that of its reader's system
 * @param out the elements so far
 * @param right how far the origin is moved to the right
 * @param down how far the origin is moved down
 */
record SvgCanvas(@Nullable Theme theme, StringBuilder out, double right, double down)
    implements Canvas {
  static final String FONT =
      "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

  private static final String MONO =
      "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

  SvgCanvas() {
    this(null);
  }

  SvgCanvas(@Nullable Theme theme) {
    this(theme, new StringBuilder(), 0, 0);
  }

  /** The drawing as an element of an HTML page, whose style sheet knows the classes. */
  String element(double width, double height, String description) {
    return "<svg role=\"img\" " + opening(width, height, 1, description) + ">" + out + "</svg>";
  }

  /** The drawing as a file of its own. */
  String document(double width, double height, double zoom, String description) {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\""
        + number(width)
        + "\" height=\""
        + number(height)
        + "\" "
        + opening(width, height, zoom, description)
        + ">\n"
        + (theme == null ? "<style>" + style() + "</style>\n" : "")
        + "<rect width=\"100%\" height=\"100%\" "
        + ink(Ink.SURFACE, "fill")
        + "/>\n"
        + out
        + "</svg>\n";
  }

  private static String opening(double width, double height, double zoom, String description) {
    return "viewBox=\"0 0 %s %s\" font-family=\"%s\" aria-label=\"%s\""
        .formatted(number(width / zoom), number(height / zoom), FONT, Html.escaped(description));
  }

  private static String style() {
    var style = new StringBuilder(".note:hover{opacity:1}@media (prefers-color-scheme:dark){");
    for (var ink : Ink.values()) {
      style.append('.').append(name(ink)).append("{color:").append(hex(ink.dark)).append('}');
    }
    return style.append('}').toString();
  }

  @Override
  public Canvas moved(double right, double down) {
    return new SvgCanvas(theme, out, this.right + right, this.down + down);
  }

  @Override
  public void line(Ink ink, Stroke stroke, double[] xs, double[] ys) {
    out.append("<polyline fill=\"none\" ").append(ink(ink, "stroke"));
    out.append(" stroke-width=\"").append(number(stroke.width)).append('"');
    if (stroke.dashes().length > 0) {
      out.append(" stroke-dasharray=\"");
      for (var length : stroke.dashes()) {
        out.append(number(length)).append(' ');
      }
      out.setCharAt(out.length() - 1, '"');
    }
    out.append(" stroke-linejoin=\"round\" points=\"");
    for (int i = 0; i < xs.length; i++) {
      out.append(i == 0 ? "" : " ").append(x(xs[i])).append(',').append(y(ys[i]));
    }
    out.append("\"/>\n");
  }

  @Override
  public void dot(Ink ink, double x, double y, double radius) {
    out.append("<circle ").append(ink(ink, "fill")).append(" cx=\"").append(x(x));
    out.append("\" cy=\"").append(y(y)).append("\" r=\"").append(number(radius)).append("\"/>\n");
  }

  @Override
  public void text(
      Ink ink, double size, boolean bold, Anchor anchor, double x, double y, String text) {
    out.append("<text ").append(ink(ink, "fill")).append(" font-size=\"").append(number(size));
    out.append(bold ? "\" font-weight=\"600" : "");
    if (anchor != Anchor.START) {
      out.append("\" text-anchor=\"").append(anchor.name().toLowerCase(Locale.ROOT));
    }
    out.append("\" x=\"").append(x(x)).append("\" y=\"").append(y(y)).append("\">");
    out.append(Html.escaped(text)).append("</text>\n");
  }

  @Override
  public void upright(Ink ink, double size, double x, double y, String text) {
    out.append("<text ").append(ink(ink, "fill")).append(" font-size=\"").append(number(size));
    out.append("\" transform=\"translate(").append(x(x)).append(' ').append(y(y));
    out.append(") rotate(-90)\">").append(Html.escaped(text)).append("</text>\n");
  }

  @Override
  public void code(int colour, double size, Anchor anchor, double x, double y, String text) {
    code(colour, size, anchor, "x=\"" + x(x) + "\" y=\"" + y(y), text);
  }

  @Override
  public void uprightCode(int colour, double size, Anchor anchor, double x, double y, String text) {
    code(
        colour, size, anchor, "transform=\"translate(" + x(x) + " " + y(y) + ") rotate(-90)", text);
  }

  private void code(int colour, double size, Anchor anchor, String place, String text) {
    out.append("<text fill=\"").append(hex(colour)).append("\" font-family=\"").append(MONO);
    out.append("\" font-size=\"").append(number(size));
    if (anchor != Anchor.START) {
      out.append("\" text-anchor=\"").append(anchor.name().toLowerCase(Locale.ROOT));
    }
    out.append("\" ").append(place).append("\">").append(Html.escaped(text)).append("</text>\n");
  }

  @Override
  public void hatch(double x, double y, double width, double height) {
    if (out.indexOf("id=\"hatch\"") < 0) {
      out.append("<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" ");
      out.append("patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\" ");
      out.append(ink(Ink.HATCHED, "fill")).append("/><path d=\"M-6,6l6,-6M0,6l6,-6M6,6l6,-6\" ");
      out.append(ink(Ink.HATCHING, "stroke")).append(" stroke-width=\"1.2\"/></pattern></defs>\n");
    }
    out.append("<rect fill=\"url(#hatch)\" ").append(place(x, y, width, height)).append("/>\n");
  }

  @Override
  public void pixels(Pixels pixels, double x, double y, double width, double height) {
    out.append("<image preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" ");
    out.append(place(x, y, width, height)).append(" href=\"data:image/png;base64,");
    out.append(Base64.getEncoder().encodeToString(pixels.png())).append("\"/>\n");
  }

  private String place(double x, double y, double width, double height) {
    return "x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\""
        .formatted(x(x), y(y), number(width), number(height));
  }

  @Override
  public void fill(int colour, double x, double y, double width, double height) {
    out.append("<rect fill=\"").append(hex(colour)).append("\" ");
    out.append(place(x, y, width, height)).append("/>\n");
  }

  @Override
  public void label(int colour, double size, double x, double y, String text) {
    out.append("<text fill=\"").append(hex(colour)).append("\" font-size=\"");
    out.append(number(size)).append("\" text-anchor=\"middle\" x=\"").append(x(x));
    out.append("\" y=\"").append(y(y)).append("\">").append(Html.escaped(text));
    out.append("</text>\n");
  }

  @Override
  public void note(double left, double right, double top, double bottom, double x, String text) {
    out.append("<g class=\"note\" opacity=\"0\" pointer-events=\"all\"><title>");
    out.append(Html.escaped(text)).append("</title><rect fill=\"none\" x=\"").append(x(left));
    out.append("\" y=\"").append(y(top)).append("\" width=\"").append(number(right - left));
    out.append("\" height=\"").append(number(bottom - top)).append("\"/>");
    line(Ink.MUTED, Stroke.HAIR, new double[] {x, x}, new double[] {top, bottom});
    out.insert(out.length() - 1, "</g>");
  }

  private String x(double x) {
    return number(right + x);
  }

  private String y(double y) {
    return number(down + y);
  }

  private String ink(Ink ink, String use) {
    if (theme != null) {
      return use + "=\"" + hex(ink.in(theme)) + '"';
    }
    return "class=\""
        + name(ink)
        + "\" color=\""
        + hex(ink.light)
        + "\" "
        + use
        + "=\"currentColor\"";
  }

  private static String name(Ink ink) {
    return "ink-" + ink.name().toLowerCase(Locale.ROOT);
  }

  private static String hex(int colour) {
    return String.format(Locale.ROOT, "#%06x", colour);
  }

  /** A number with at most two decimals. */
  private static String number(double number) {
    var text = String.format(Locale.ROOT, "%.2f", number);
    return text.replaceFirst("\\.?0+$", "").replaceFirst("^-0$", "0");
  }
}
