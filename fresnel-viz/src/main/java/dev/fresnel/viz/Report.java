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
 * Figures and prose on one page. The page needs no network, no server and no other file.
 *
 * <pre>{@code
 * Report.titled("Induction heads")
 *     .text("The text is repeated once; an induction head looks back one period.")
 *     .add(Figure.heads(scores))
 *     .provenance(Map.of("model", "gpt2"))
 *     .write(Path.of("induction.html"));
 * }</pre>
 *
 * <p>Only one thread may use a report.
 */
public final class Report {
  /** The budget of a page that sets none, in bytes: 16 MB. */
  public static final long DEFAULT_BUDGET = 16_000_000;

  private final String title;
  private final List<Object> parts = new ArrayList<>();
  private final Map<String, String> provenance = new LinkedHashMap<>();
  private long budget = DEFAULT_BUDGET;

  private Report(String title) {
    this.title = title;
  }

  /** An empty report. */
  public static Report titled(String title) {
    return new Report(title);
  }

  /** Adds a figure below what the page has. */
  public Report add(Figure figure) {
    parts.add(figure);
    return this;
  }

  /** Adds a paragraph of plain text; line breaks are kept. */
  public Report text(String prose) {
    parts.add(prose);
    return this;
  }

  /**
   * Adds facts to the footer, in the map's order: the model, source, prompt and versions from which
   * the page was made.
   */
  public Report provenance(Map<String, String> facts) {
    provenance.putAll(facts);
    return this;
  }

  /**
   * Limits the page's size. Above the limit the largest attention figures keep fewer digits, then
   * only the greatest weights, and say so; a page of other figures alone can exceed it.
   *
   * @param bytes about how large the page may be
   * @throws FresnelException if not positive
   */
  public Report budget(long bytes) {
    if (bytes <= 0) {
      throw new FresnelException("a page's budget must be at least 1 byte, got " + bytes);
    }
    budget = bytes;
    return this;
  }

  /** The whole page as HTML. */
  public String html() {
    return Page.of(title, List.copyOf(parts), provenance, budget).html();
  }

  /**
   * Writes the page. A reader finds the whole file or none.
   *
   * @throws FresnelException if the file cannot be written; says which and why
   */
  public void write(Path file) {
    WholeFile.write(file, html().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "Report %s of %d parts".formatted(title, parts.size());
  }
}
