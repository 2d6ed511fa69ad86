package dev.fresnel.viz;

import dev.fresnel.text.Token;
import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Draws a text whose tokens are boxes, once for each column of values. Lengths are CSS pixels. */
final class TokensDrawing implements Drawing {
  private static final double MARGIN = 24;

  /** From one line of text to the next, and the height of a box. */
  private static final double LINE = 30;

  private static final double BOX = 23;

  /** Inside a box beside its text, and between two boxes. */
  private static final double INSIDE = 5;

  private static final double BETWEEN = 2;

  private static final double FONT = 13;

  /** The size of a token's index. */
  private static final double INDEX = 9;

  /** The width of a letter of equal width, and of a digit of the index, as a part of its size. */
  private static final double LETTER = 0.602;

  private static final double DIGIT = 0.58;

  /** The height of a column's name. */
  private static final double HEADING = 28;

  private final List<Box> boxes = new ArrayList<>();
  private final List<Part> parts;
  private final Theme theme;
  private final double width;
  private final double text;

  /** A token in its place. */
  private record Box(String token, String index, double x, double y, double width) {}

  /**
   * A column's values.
   *
   * @param scale null where there are no values
   */
  private record Part(@Nullable String label, @Nullable TokenScale scale, double[] values) {}

  TokensDrawing(List<Token> tokens, List<TokensFigure.Column> columns, double width, Theme theme) {
    this.width = width;
    this.theme = theme;
    double x = 0;
    double y = 0;
    for (int at = 0; at < tokens.size(); at++) {
      var token = tokens.get(at);
      var shown = TokenText.of(token);
      var index = columns.isEmpty() ? at + " · #" + token.id() : Integer.toString(at);
      double box =
          2 * INSIDE + TokenText.width(shown) * FONT * LETTER + 3 + index.length() * INDEX * DIGIT;
      if (x > 0 && x + box > width - 2 * MARGIN) {
        x = 0;
        y += LINE;
      }
      boxes.add(new Box(shown, index, x, y, box));
      x += box + BETWEEN;
      if (token.text() != null && token.text().contains("\n")) {
        x = 0;
        y += LINE;
      }
    }
    text = boxes.isEmpty() ? 0 : boxes.get(boxes.size() - 1).y + LINE;
    parts =
        columns.isEmpty()
            ? List.of(new Part(null, null, new double[0]))
            : columns.stream()
                .map(each -> new Part(each.label(), each.scale(theme), each.values()))
                .toList();
  }

  private double part(Part part) {
    return text + (part.scale == null ? 0 : HEADING + Legend.HEIGHT);
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    return Math.ceil(2 * MARGIN + parts.stream().mapToDouble(this::part).sum());
  }

  @Override
  public String description() {
    var by = parts.get(0).label == null ? "" : ", coloured by " + String.join(", ", labels());
    return Figure.counted(boxes.size(), "token") + by + ".";
  }

  private List<String> labels() {
    return parts.stream().map(part -> String.valueOf(part.label)).toList();
  }

  @Override
  public void draw(Canvas canvas) {
    double down = MARGIN;
    for (var part : parts) {
      draw(part, canvas.moved(MARGIN, down));
      down += part(part);
    }
  }

  private void draw(Part part, Canvas canvas) {
    var scale = part.scale;
    if (scale != null) {
      canvas.text(Ink.TEXT, 14, true, Anchor.START, 0, 14, String.valueOf(part.label));
      scale
          .legend(String.valueOf(part.label))
          .draw(canvas.moved(0, HEADING + text), 0, width - 2 * MARGIN);
    }
    var line = canvas.moved(0, scale == null ? 0 : HEADING);
    for (int at = 0; at < boxes.size(); at++) {
      var box = boxes.get(at);
      boolean plain = scale == null || Double.isNaN(part.values[at]);
      double place = plain ? 0 : scale.place(part.values[at]);
      int ink = plain ? Ink.TEXT.in(theme) : scale.ramp().ink(place);
      int colour = plain ? Ink.RAISED.in(theme) : scale.ramp().colour(place);
      line.fill(colour, box.x, box.y, box.width, BOX);
      line.code(ink, FONT, Anchor.START, box.x + INSIDE, box.y + 16, box.token);
      double after = box.x + INSIDE + TokenText.width(box.token) * FONT * LETTER + 3;
      line.label(ink, INDEX, after + box.index.length() * INDEX * DIGIT / 2, box.y + 16, box.index);
      if (scale != null && Double.isNaN(part.values[at])) {
        line.label(Pixels.NOT_A_NUMBER, 12, box.x + box.width - 4, box.y + 9, "×");
      }
    }
  }
}
