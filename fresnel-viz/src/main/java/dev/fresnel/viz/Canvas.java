package dev.fresnel.viz;

/** A surface to draw on. Lengths are in CSS pixels; y grows downwards. */
interface Canvas {
  /** A colour, light and dark: each has a contrast of at least 4.5 to 1 with its background. */
  enum Ink {
    TEXT(0x14171c, 0xe9ebef),
    MUTED(0x565d68, 0xa3abb8),
    /** Fainter than the others: for lines that a reader may overlook. */
    GRID(0xe1e4e8, 0x2a2f39),
    FIRST(0xb3410a, 0xffa263),
    SECOND(0x0b5cad, 0x7db8ff),
    SURFACE(0xffffff, 0x15181e),
    /** Behind a token without a colour. */
    RAISED(0xf1f3f5, 0x1e222a),
    /** Cells that hold no value, and the lines that hatch them. */
    HATCHED(0xeceef1, 0x23272f),
    HATCHING(0xd9dce1, 0x333944);

    /** The colour on a light background, as 0xRRGGBB. */
    final int light;

    /** The colour on a dark background. */
    final int dark;

    Ink(int light, int dark) {
      this.light = light;
      this.dark = dark;
    }

    /** The colour on the background of a theme. */
    int in(Theme theme) {
      return theme == Theme.LIGHT ? light : dark;
    }
  }

  /** How a line is drawn: its width, then the lengths of dashes and gaps in turn. */
  enum Stroke {
    HAIR(1),
    BROKEN_HAIR(1, 3, 3),
    SOLID(2),
    DASHED(2, 7, 3),
    DOTTED(2, 2, 3);

    final float width;
    private final float[] dashes;

    Stroke(float width, float... dashes) {
      this.width = width;
      this.dashes = dashes;
    }

    /** Empty for an unbroken line. */
    float[] dashes() {
      return dashes.clone();
    }
  }

  /** Which part of a text is at its place. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  /** The same canvas with its origin moved. */
  Canvas moved(double right, double down);

  /** Draws a line through at least two points. */
  void line(Ink ink, Stroke stroke, double[] xs, double[] ys);

  /** Draws a filled circle about a point. */
  void dot(Ink ink, double x, double y, double radius);

  /**
   * Writes one line of text.
   *
   * @param size the letters' size
   * @param y the height of the base line
   */
  void text(Ink ink, double size, boolean bold, Anchor anchor, double x, double y, String text);

  /** Writes one line of text from bottom to top; it begins at a point. */
  void upright(Ink ink, double size, double x, double y, String text);

  /** Draws the outline of a rectangle. */
  default void frame(Ink ink, Stroke stroke, double x, double y, double width, double height) {
    double right = x + width;
    double bottom = y + height;
    line(ink, stroke, new double[] {x, right, right, x, x}, new double[] {y, y, bottom, bottom, y});
  }

  /** Writes one line of text in a colour, 0xRRGGBB, in letters of equal width. */
  void code(int colour, double size, Anchor anchor, double x, double y, String text);

  /** The same from bottom to top; the anchor's part of the text is at the point. */
  void uprightCode(int colour, double size, Anchor anchor, double x, double y, String text);

  /** Fills a rectangle with the hatching of cells that hold no value. */
  void hatch(double x, double y, double width, double height);

  /** Fills a rectangle with pixels, each a sharp rectangle; transparent ones show what is below. */
  void pixels(Pixels pixels, double x, double y, double width, double height);

  /** Fills a rectangle with a colour, 0xRRGGBB, which is the same in every theme. */
  void fill(int colour, double x, double y, double width, double height);

  /**
   * Writes one line of text in a colour, 0xRRGGBB, with its middle above a point of the base line.
   */
  void label(int colour, double size, double x, double y, String text);

  /**
   * Shows a text, and a vertical line at x, while a pointer hovers over a rectangle. A canvas that
   * cannot do so ignores it.
   */
  default void note(double left, double right, double top, double bottom, double x, String text) {}
}
