package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Attention as text: a map of the greatest weight of all heads where the terminal has colours, and
 * the greatest weights.
 */
final class AttentionText {
  /** Lines of the table. */
  private static final int MOST = 20;

  private AttentionText() {}

  /** One weight. */
  private record Weight(int layer, int head, int query, int key, float weight) {
    float size() {
      return Math.abs(weight);
    }
  }

  static void write(TextAttention shown, Terminal terminal, StringBuilder out) {
    var contents = shown.contents();
    var strongest = new PriorityQueue<Weight>(MOST + 1, Comparator.comparingDouble(Weight::size));
    float[][] all = new float[0][];
    var tokens = contents.tokens();
    for (var pattern : shown.patterns()) {
      all = all.length == 0 ? new float[tokens.size()][tokens.size()] : all;
      for (int head = 0; head < pattern.heads(); head++) {
        for (int query = 0; query < tokens.size(); query++) {
          float[] row = pattern.row(head, query);
          for (int key = 0; key < row.length; key++) {
            float size = Math.abs(row[key]);
            all[query][key] = size > Math.abs(all[query][key]) ? row[key] : all[query][key];
            // The first token can only read itself.
            if (query > 0 && (strongest.size() < MOST || size > strongest.peek().size())) {
              strongest.add(new Weight(pattern.layer(), head, query, key, row[key]));
              if (strongest.size() > MOST) {
                strongest.remove();
              }
            }
          }
        }
      }
    }
    var texts = new ArrayList<String>();
    for (int at = 0; at < tokens.size(); at++) {
      texts.add(TokenText.named(at, tokens.get(at)));
    }
    if (terminal.colours() != Terminal.Colours.NONE) {
      map(all, contents, texts, terminal, out);
    }
    var lines =
        strongest.stream()
            .sorted(Comparator.comparingDouble(Weight::size).reversed())
            .map(
                each ->
                    List.of(
                        "L" + each.layer + "H" + each.head,
                        texts.get(each.query),
                        texts.get(each.key),
                        TokensText.number(each.weight)))
            .toList();
    TextTable.write(
        List.of("head", "destination", "source", "weight"), lines, terminal.columns(), out);
  }

  private static void map(
      float[][] all,
      TextAttention.Contents contents,
      List<String> texts,
      Terminal terminal,
      StringBuilder out) {
    int side =
        Math.min(
            all.length,
            Math.max(1, new TerminalMap(terminal, terminal.columns(), texts, all.length).most()));
    boolean signed = contents.signed();
    var ramp = signed ? Ramp.of(true, terminal.theme()) : Ramp.ofShares(terminal.theme());
    var scale = new RootScale(contents.greatest() == 0 ? 1 : contents.greatest(), signed);
    var pixels =
        Pixels.of(
            all.length,
            side,
            (row, column) ->
                contents.causal() && column > row ? Float.NEGATIVE_INFINITY : all[row][column],
            scale::place,
            ramp);
    var rows = new ArrayList<String>();
    var columns = new ArrayList<String>();
    var colours = new int[side][side];
    for (int row = 0; row < side; row++) {
      int token = (int) (((long) row * all.length + side - 1) / side);
      rows.add(texts.get(token));
      columns.add(Integer.toString(token));
      for (int column = 0; column < side; column++) {
        int argb = pixels.argb()[row * side + column];
        colours[row][column] = argb == 0 ? -2 : argb & 0xffffff;
      }
    }
    out.append("greatest of all heads: destinations down, sources across\n");
    new TerminalMap(terminal, terminal.columns(), rows, side).write(rows, columns, colours, out);
    var legend = new Legend(ramp, scale.caption(), scale::value);
    out.append(new Ansi(terminal).legend(legend)).append('\n');
  }
}
