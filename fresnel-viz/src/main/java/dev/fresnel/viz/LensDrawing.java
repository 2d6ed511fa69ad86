package dev.fresnel.viz;

import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws a logit lens: the likeliest token of every stage and position. Positions that find no room
 * beside the others go into a further band below. Lengths are in CSS pixels.
 */
final class LensDrawing implements Drawing {
  private static final double MARGIN = 24;

  /** The height of the tokens above a band, of a row, and between two bands. */
  private static final double HEADER = 40;

  private static final double ROW = 26;
  private static final double BETWEEN = 18;

  /** The remark below the bands. */
  private static final double REMARK = 26;

  private static final double FONT = 12;

  private final LogitLens lens;
  private final LensColumns columns;
  private final List<Band> bands = new ArrayList<>();
  private final Theme theme;
  private final Ramp ramp;
  private final double width;

  /** The positions from one to before another. */
  private record Band(int from, int to) {}

  LensDrawing(LogitLens lens, double width, Theme theme) {
    this.lens = lens;
    this.theme = theme;
    this.width = width;
    ramp = Ramp.ofShares(theme);
    columns = LensColumns.of(lens);
    double room = width - 2 * MARGIN - columns.stages();
    int from = 0;
    double used = 0;
    for (int at = 0; at < lens.tokens().size(); at++) {
      double wide = columns.widths().get(at);
      if (at > from && used + wide > room) {
        bands.add(new Band(from, at));
        from = at;
        used = 0;
      }
      used += wide;
    }
    bands.add(new Band(from, lens.tokens().size()));
  }

  private double band() {
    return HEADER + lens.stages().size() * ROW;
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    double all = bands.size() * (band() + BETWEEN) - BETWEEN;
    return Math.ceil(2 * MARGIN + all + REMARK + Legend.HEIGHT);
  }

  @Override
  public String description() {
    return "The likeliest next token after each of %s at each of %s."
        .formatted(
            Figure.counted(lens.stages().size(), "stage"),
            Figure.counted(lens.tokens().size(), "position"));
  }

  @Override
  public void draw(Canvas canvas) {
    double down = MARGIN;
    for (var band : bands) {
      draw(band, canvas.moved(MARGIN, down));
      down += band() + BETWEEN;
    }
    down -= BETWEEN;
    var remark = "Underlined: the token that really comes next.";
    canvas.text(Ink.MUTED, FONT, false, Anchor.START, MARGIN, down + 18, remark);
    Legend.linear(ramp, "probability of the likeliest token", 0, 1)
        .draw(canvas.moved(MARGIN, down + REMARK), 0, width - 2 * MARGIN);
  }

  private void draw(Band band, Canvas canvas) {
    for (int stage = 0; stage < lens.stages().size(); stage++) {
      double y = HEADER + stage * ROW + 17;
      canvas.text(Ink.MUTED, FONT, false, Anchor.START, 7, y, lens.stages().get(stage));
    }
    double x = columns.stages();
    for (int at = band.from; at < band.to; at++) {
      double wide = columns.widths().get(at);
      canvas.text(Ink.MUTED, 9, false, Anchor.START, x + 7, 13, Integer.toString(at));
      canvas.code(
          Ink.TEXT.in(theme),
          FONT,
          Anchor.START,
          x + 7,
          30,
          columns.fitted(at, lens.tokens().get(at)));
      for (int stage = 0; stage < lens.stages().size(); stage++) {
        var guesses = lens.predictions().get(stage).get(at);
        if (!guesses.isEmpty()) {
          cell(canvas, guesses.get(0), at, x, HEADER + stage * ROW, wide);
        }
      }
      x += wide;
    }
  }

  private void cell(Canvas canvas, Prediction guess, int at, double x, double y, double wide) {
    double place = Double.isNaN(guess.probability()) ? 0 : guess.probability();
    canvas.fill(ramp.colour(place), x, y, wide - 1, ROW - 1);
    var text = columns.fitted(at, guess.token());
    canvas.code(ramp.ink(place), FONT, Anchor.MIDDLE, x + wide / 2, y + 17, text);
    boolean real =
        at + 1 < lens.tokens().size() && lens.tokens().get(at + 1).id() == guess.token().id();
    if (real) {
      double half = TokenText.width(text) * LensColumns.LETTER / 2;
      canvas.fill(ramp.ink(place), x + wide / 2 - half, y + 20, 2 * half, 2);
    }
  }
}
