package dev.fresnel.viz;

import java.util.List;

/**
 * A figure as a page stores it.
 *
 * @param markup the figure's HTML elements
 * @param blocks binary data, which the markup names by id
 * @param script the script that the page needs for it; a page has {@link Bundle#SCRIPT} anyway
 */
record FigureData(String markup, List<Named> blocks, String script) {
  /** A block with the id of its element. */
  record Named(String id, DataBlock block) {}

  /** Whether the figure is drawn by a script, so that a reader without one sees nothing of it. */
  boolean scripted() {
    return markup.contains(" data-figure=\"");
  }

  /** HTML elements that need no script. */
  static FigureData still(String markup) {
    return new FigureData(markup, List.of(), Bundle.SCRIPT);
  }

  /** A custom element and the JSON that it reads, whose id begins with the prefix. */
  static FigureData of(String element, String prefix, ScriptJson json) {
    return of(element, prefix, json, List.of());
  }

  /** The same with blocks, which the JSON names. */
  static FigureData of(String element, String prefix, ScriptJson json, List<Named> blocks) {
    var id = prefix + "-data";
    var markup =
        "<%1$s data-figure=\"%2$s\"></%1$s>\n<script type=\"application/json\" id=\"%2$s\">%3$s</script>\n"
            .formatted(element, id, json);
    return new FigureData(markup, blocks, Bundle.script(element));
  }

  /** The number of characters on the page. */
  long length() {
    return markup.length() + blocks.stream().mapToLong(named -> named.block().length()).sum();
  }
}
