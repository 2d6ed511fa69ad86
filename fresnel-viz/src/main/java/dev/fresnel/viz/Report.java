package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
    var target = file.toAbsolutePath();
    if (Files.isDirectory(target)) {
      throw new FresnelException(
          "cannot write the report to "
              + file
              + ": it is a folder; give a file in it, such as "
              + file.resolve("report.html"));
    }
    var page = html();
    Path part = null;
    try {
      part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
      Files.writeString(part, page, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
      move(part, target);
    } catch (IOException e) {
      delete(part);
      throw new FresnelException(
          "cannot write the report to "
              + file
              + ": "
              + reason(target, e)
              + "; choose another place, or make this one writable",
          e);
    }
  }

  private static void move(Path part, Path target) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void delete(@Nullable Path part) {
    try {
      if (part != null) {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      // The first failure is the one to report.
    }
  }

  private static String reason(Path target, IOException failure) {
    var folder = target.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      return "the folder " + folder + " does not exist";
    }
    if (folder != null && !Files.isWritable(folder)) {
      return "no permission to write in the folder " + folder;
    }
    return failure.getClass().getSimpleName() + ", " + failure.getMessage();
  }
}
