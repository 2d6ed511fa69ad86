package dev.fresnel.viz;

import dev.fresnel.analysis.HeadId;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention as text: a map of the greatest weight of all heads where the terminal has colours, and
 * the greatest weights.
 */
final class AttentionText {
  private AttentionText() {}

  static void write(TextAttention shown, Terminal terminal, StringBuilder out) {
    var contents = shown.contents();
    var tokens = contents.tokens();
    var texts = new ArrayList<String>();
    for (int at = 0; at < tokens.size(); at++) {
      texts.add(TokenText.named(at, tokens.get(at)));
    }
    if (terminal.colours() != Terminal.Colours.NONE) {
      map(greatest(shown), contents, texts, terminal, out);
    }
    var lines =
        contents.strongest().stream()
            .map(
                each ->
                    List.of(
                        new HeadId(each.layer(), each.head()).label(),
                        texts.get(each.query()),
                        texts.get(each.key()),
                        TokensText.number(each.weight())))
            .toList();
    TextTable.write(
        List.of("head", "destination", "source", "weight"), lines, terminal.columns(), out);
  }

  /** The weights farthest from zero of all heads, [query][key]. */
  private static float[][] greatest(TextAttention shown) {
    int size = shown.contents().tokens().size();
    float[][] all = new float[size][size];
    for (var pattern : shown.patterns()) {
      for (int head = 0; head < pattern.heads(); head++) {
        for (int query = 0; query < size; query++) {
          float[] row = pattern.row(head, query);
          for (int key = 0; key < size; key++) {
            all[query][key] =
                Math.abs(row[key]) > Math.abs(all[query][key]) ? row[key] : all[query][key];
          }
        }
      }
    }
    return all;
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
    var what = contents.heads() == 1 ? contents.layers().get(0).label() : "greatest of all heads";
    out.append(what).append(": destinations down, sources across\n");
    new TerminalMap(terminal, terminal.columns(), rows, side).write(rows, columns, colours, out);
    var legend = new Legend(ramp, scale.caption(), scale::value);
    out.append(new Ansi(terminal).legend(legend)).append('\n');
  }
}
