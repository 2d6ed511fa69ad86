package dev.fresnel.viz;

import dev.fresnel.analysis.NeuronActivations.Firing;
import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws a column per neuron: the tokens at which it fires most. Columns that do not fit stand below
 * the others. Lengths are CSS pixels.
 */
final class FiringsDrawing implements Drawing {
  private static final double MARGIN = 24;
  private static final double ROW = 24;
  private static final double LEAST = 96;
  private static final double MOST = 180;

  /** Letters of a token that are shown where they make columns wider; room beside the texts. */
  private static final int LETTERS = 12;

  private static final double INSIDE = 14;
  private static final double FONT = 12;

  /** The width of a letter of equal width as a part of its size. */
  private static final double LETTER = 0.602;

  private final List<String> names;
  private final List<List<Firing>> columns;
  private final double width;
  private final double column;
  private final int perLine;
  private final Theme theme;
  private final TokenScale scale;

  FiringsDrawing(List<String> names, List<List<Firing>> columns, double width, Theme theme) {
    this.names = names;
    this.columns = columns;
    this.theme = theme;
    double inner = width - 2 * MARGIN;
    this.column = Math.max(needed(columns), Math.min(MOST, inner / names.size()));
    this.perLine = (int) Math.max(1, Math.min(names.size(), Math.floor(inner / column)));
    this.width = Math.max(width, 2 * MARGIN + column);
    this.scale =
        TokenScale.of(
            columns.stream().flatMap(List::stream).mapToDouble(Firing::value).toArray(), theme);
  }

  /** The width at which tokens of usual length are whole. */
  private static double needed(List<List<Firing>> columns) {
    int letters =
        columns.stream()
            .flatMap(List::stream)
            .mapToInt(
                firing ->
                    Math.min(LETTERS, TokenText.width(TokenText.of(firing.token())))
                        + 1
                        + TokensText.number(firing.value()).length())
            .max()
            .orElse(0);
    return Math.max(LEAST, Math.ceil(letters * FONT * LETTER + INSIDE));
  }

  private int lines() {
    return (columns.size() + perLine - 1) / perLine;
  }

  /** The height of a line of columns, with the room below. */
  private double line() {
    return (rows() + 1) * ROW + 12;
  }

  private int rows() {
    return columns.stream().mapToInt(List::size).max().orElse(0);
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    return 2 * MARGIN + lines() * line() + Legend.HEIGHT;
  }

  @Override
  public String description() {
    return "The tokens at which %s fire most.".formatted(Figure.counted(names.size(), "neuron"));
  }

  @Override
  public void draw(Canvas canvas) {
    for (int i = 0; i < columns.size(); i++) {
      double x = MARGIN + i % perLine * column;
      double y = MARGIN + i / perLine * line();
      canvas.text(Ink.MUTED, FONT, true, Anchor.START, x, y + 14, names.get(i));
      y += ROW;
      for (var firing : columns.get(i)) {
        double place = scale.place(firing.value());
        int ink = scale.ramp().ink(place);
        canvas.fill(scale.ramp().colour(place), x, y, column - 2, ROW - 2);
        var number = TokensText.number(firing.value());
        int letters = (int) ((column - INSIDE) / FONT / LETTER) - number.length() - 1;
        var token = TokenText.fitted(TokenText.of(firing.token()), Math.max(2, letters));
        canvas.code(ink, FONT, Anchor.START, x + 5, y + 15, token.stripTrailing());
        canvas.code(ink, FONT, Anchor.END, x + column - 7, y + 15, number);
        y += ROW;
      }
    }
    double below = MARGIN + lines() * line();
    scale.legend("activation").draw(canvas.moved(0, below), MARGIN, width - MARGIN);
  }

  /** The same as a table of texts. */
  static void write(
      List<String> names, List<List<Firing>> columns, Terminal terminal, StringBuilder out) {
    var heads = new ArrayList<>(List.of("rank"));
    heads.addAll(names);
    int rows = columns.stream().mapToInt(List::size).max().orElse(0);
    var lines = new ArrayList<List<String>>();
    for (int row = 0; row < rows; row++) {
      var line = new ArrayList<>(List.of(Integer.toString(row + 1)));
      for (var column : columns) {
        line.add(
            row >= column.size()
                ? ""
                : TokenText.of(column.get(row).token())
                    + " "
                    + TokensText.number(column.get(row).value()));
      }
      lines.add(line);
    }
    TextTable.write(heads, lines, terminal.columns(), out);
  }
}
