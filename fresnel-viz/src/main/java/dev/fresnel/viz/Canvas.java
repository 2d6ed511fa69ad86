package dev.fresnel.viz;

/** What a drawing is made on: lengths in pixels of the page, y downwards. */
interface Canvas {
  /** What things are drawn with; both colours stand out from their background by 4.5 to 1. */
  enum Ink {
    TEXT(0x14171c, 0xe9ebef),
    MUTED(0x565d68, 0xa3abb8),
    /** The only faint one: for lines that one may overlook. */
    GRID(0xe1e4e8, 0x2a2f39),
    FIRST(0xb3410a, 0xffa263),
    SECOND(0x0b5cad, 0x7db8ff),
    SURFACE(0xffffff, 0x15181e);

    final int light;
    final int dark;

    Ink(int light, int dark) {
      this.light = light;
      this.dark = dark;
    }
  }

  /** How a line is drawn: its width, then lengths of dash and gap in turn. */
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

  /** Which point of a text stands at its place. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  /** The same canvas, its origin moved. */
  Canvas moved(double right, double down);

  /** A line from point to point; at least two. */
  void line(Ink ink, Stroke stroke, double[] xs, double[] ys);

  void dot(Ink ink, double x, double y, double radius);

  /**
   * @param size of the letters
   * @param y the base line
   */
  void text(Ink ink, double size, boolean bold, Anchor anchor, double x, double y, String text);

  /** What is to be read where a pointer hovers between two heights; paper has no such thing. */
  default void note(double left, double right, double top, double bottom, double x, String text) {}
}
