package dev.fresnel.viz;

import java.util.List;

/** What a page shows in a figure's place where no script runs: the beginning of its text. */
final class WithoutScript {
  /** Letters of a line: what a page of 800 CSS pixels shows without scrolling. */
  private static final int COLUMNS = 100;

  /** Lines at most: with {@link #COLUMNS}, a figure adds 4 kB at most. */
  private static final int LINES = 40;

  private WithoutScript() {}

  /** An element that browsers show only where scripts are turned off. */
  static String of(Figure figure) {
    List<String> lines = figure.text(Terminal.plain(COLUMNS)).lines().toList();
    var shown = String.join("\n", lines.subList(0, Math.min(LINES, lines.size())));
    int left = lines.size() - LINES;
    var more = left > 0 ? "\n… and " + Figure.counted(left, "line") + " more" : "";
    return "<noscript><pre tabindex=\"0\" style=\"overflow-x:auto\">"
        + Html.escaped(shown + more)
        + "</pre></noscript>\n";
  }
}
