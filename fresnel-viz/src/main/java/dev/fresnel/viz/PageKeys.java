package dev.fresnel.viz;

import java.util.List;

/** A page's controls besides its figures: the switch of its colours and the list of keys. */
final class PageKeys {
  static final String SWITCHES =
      "<div class=\"theme\" role=\"group\" aria-label=\"Colours\" hidden>"
          + "<button type=\"button\">auto</button><button type=\"button\">light</button>"
          + "<button type=\"button\">dark</button></div>";

  private record Key(String keys, String meaning) {}

  private static final List<Key> KEYS =
      List.of(
          new Key("← → ↑ ↓", "move the cell, the token or the head"),
          new Key("Home End", "first or last of the row"),
          new Key("[ ]", "previous, next head"),
          new Key("{ }", "the same head in the previous, next layer"),
          new Key("Enter", "lock or unlock (a double-click shows a head alone)"),
          new Key("Shift Enter", "add a head to the overlay (or Shift and click)"),
          new Key("o", "overlay: every chosen head is added"),
          new Key("Esc", "unlock, back to all heads"),
          new Key("d", "switch the direction"),
          new Key("t", "table"),
          new Key("+ - 0", "zoom the map in, out, to the whole text (or Ctrl and wheel)"),
          new Key("Shift ← → ↑ ↓", "choose a range of the map, Enter shows it (or drag)"),
          new Key("?", "these keys"));

  private PageKeys() {}

  static String dialog() {
    var out = new StringBuilder("<dialog aria-labelledby=\"keys-title\">");
    out.append("<h2 id=\"keys-title\">Keys</h2><dl>\n");
    for (var key : KEYS) {
      out.append("<dt><kbd>").append(key.keys()).append("</kbd></dt><dd>");
      out.append(key.meaning()).append("</dd>\n");
    }
    return out.append("</dl><form method=\"dialog\"><button>Close</button></form></dialog>\n")
        .toString();
  }
}
