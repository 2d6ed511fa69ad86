package dev.fresnel.viz;

/** What a figure's picture shows. Lengths are in CSS pixels. */
interface Drawing {
  /** The width that the drawing needs: the one it was made for, or more. */
  double width();

  double height();

  /** By how much everything is drawn larger than it says. */
  default double zoom() {
    return 1;
  }

  /** What is drawn, in a sentence or two. */
  String description();

  void draw(Canvas canvas);
}
