package dev.fresnel.cli;

import java.util.List;
import java.util.Locale;

/** A figure of a report; the order is that of the page. */
enum ReportFigure {
  TOKENS,
  ATTENTION,
  HEADS,
  ATTRIBUTION,
  LENS,
  TRAINING,
  PREDICTIONS,
  PERFORMANCE,
  BARS,
  WATERFALL,
  NEURONS;

  /** The figures of a report that names none. */
  static List<ReportFigure> usual() {
    return List.of(TOKENS, ATTENTION, HEADS, ATTRIBUTION, LENS, TRAINING);
  }

  /** The name that {@code --figures} knows, and that of the figure's file. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
