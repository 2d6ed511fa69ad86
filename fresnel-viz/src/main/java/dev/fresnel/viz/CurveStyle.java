package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;

/** How a line is told from the others of its panel: by its dashes, not by its hue alone. */
enum CurveStyle {
  /** The most important series. */
  STRONG(Ink.FIRST, Stroke.SOLID),
  MEDIUM(Ink.SECOND, Stroke.DASHED),
  WEAK(Ink.MUTED, Stroke.DOTTED);

  final Ink ink;
  final Stroke stroke;

  CurveStyle(Ink ink, Stroke stroke) {
    this.ink = ink;
    this.stroke = stroke;
  }
}
