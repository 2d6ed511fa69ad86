package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Figures and prose on one page, which needs no network, no server and no other file.
 *
 * <pre>{@code
 * Report.titled("Induction heads")
 *     .text("The text is repeated once; an induction head looks back one period.")
 *     .add(Figure.heads(scores))
 *     .provenance(Map.of("model", "gpt2"))
 *     .write(Path.of("induction.html"));
 * }</pre>
 *
 * <p>A report is for one thread.
 */
public final class Report {
  /** A page grows to about this many bytes before figures are kept with fewer digits: 16 MB. */
  public static final long DEFAULT_BUDGET = 16_000_000;

  private final String title;
  private final List<Object> parts = new ArrayList<>();
  private final Map<String, String> provenance = new LinkedHashMap<>();
  private long budget = DEFAULT_BUDGET;

  private Report(String title) {
    this.title = title;
  }

  public static Report titled(String title) {
    return new Report(title);
  }

  public Report add(Figure figure) {
    parts.add(figure);
    return this;
  }

  /** A paragraph of plain text; line breaks are kept. */
  public Report text(String prose) {
    parts.add(prose);
    return this;
  }

  /**
   * What the page was made from, for its footer: model, source, prompt, versions. Adds to what was
   * given before; the map's order is kept.
   */
  public Report provenance(Map<String, String> facts) {
    provenance.putAll(facts);
    return this;
  }

  /**
   * About how many bytes the page may have. Over it, the largest attention figures are kept with
   * fewer digits, then with the greatest weights only, and say so.
   *
   * @throws IllegalArgumentException if not positive
   */
  public Report budget(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a page's budget is a number of bytes, got " + bytes);
    }
    budget = bytes;
    return this;
  }

  /** The whole page. */
  public String html() {
    return Page.of(title, List.copyOf(parts), provenance, budget).html();
  }

  /**
   * Writes the page. It is written beside its place and then moved there, so that a reader never
   * finds half a page.
   *
   * @throws FresnelException if the file cannot be written; says which and why
   */
  public void write(Path file) {
    WholeFile.write(file, html().getBytes(StandardCharsets.UTF_8));
  }
}
