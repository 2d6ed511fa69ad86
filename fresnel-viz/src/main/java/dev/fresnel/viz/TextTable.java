package dev.fresnel.viz;

import java.util.List;
import java.util.stream.IntStream;

/** A table of texts in columns. What is wider than the terminal goes into a further table below. */
final class TextTable {
  /** The widest column, in characters. */
  private static final int WIDEST = 20;

  private TextTable() {}

  /**
   * @param heads one per column; the first column is repeated in each table
   * @param lines one field per column
   */
  static void write(List<String> heads, List<List<String>> lines, int width, StringBuilder out) {
    int[] wide =
        IntStream.range(0, heads.size())
            .map(
                at ->
                    Math.min(
                        WIDEST,
                        IntStream.concat(
                                IntStream.of(TokenText.width(heads.get(at))),
                                lines.stream().mapToInt(line -> TokenText.width(line.get(at))))
                            .max()
                            .orElse(0)))
            .toArray();
    int from = 1;
    do {
      int to = from;
      int used = wide[0];
      while (to < heads.size() && (to == from || used + 2 + wide[to] <= width)) {
        used += 2 + wide[to++];
      }
      if (from > 1) {
        out.append('\n');
      }
      line(heads, wide, from, to, out);
      for (var line : lines) {
        line(line, wide, from, to, out);
      }
      from = to;
    } while (from < heads.size());
  }

  private static void line(List<String> fields, int[] wide, int from, int to, StringBuilder out) {
    var line = new StringBuilder(TokenText.fitted(fields.get(0), wide[0]));
    for (int at = from; at < to; at++) {
      var text = TokenText.fitted(fields.get(at), wide[at]).stripTrailing();
      line.append("  ").append(" ".repeat(wide[at] - TokenText.width(text))).append(text);
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }
}
