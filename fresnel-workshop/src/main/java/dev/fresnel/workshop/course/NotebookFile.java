package dev.fresnel.workshop.course;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A chapter as a notebook: nbformat 4.5, no outputs, ids that stay the same. */
final class NotebookFile {
  /** The id of the cell that holds the answer to an exercise begins with this. */
  static final String ANSWER = "answer-";

  /** The name under which the kernel is installed. */
  public static final String KERNEL = "fresnel";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Chapter chapter;
  private final Track track;
  private final List<Map<String, Object>> cells = new ArrayList<>();

  private NotebookFile(Chapter chapter, Track track) {
    this.chapter = chapter;
    this.track = track;
  }

  /** The notebook's text. */
  static String of(Chapter chapter, Track track) {
    return new NotebookFile(chapter, track).text();
  }

  private String text() {
    markdown(
        "title",
        "# %d. %s\n\nAbout %d minutes. Run the cells from the top, one by one (Shift+Enter)."
            .formatted(chapter.number(), chapter.title(), chapter.minutes()));
    code("imports", Course.IMPORTS.strip(), List.of());
    int number = 0;
    for (var part : chapter.parts()) {
      String id = "part-" + ++number;
      if (part instanceof Part.Prose prose) {
        markdown(id, prose.markdown());
      } else if (part instanceof Part.Cell cell) {
        code(id, cell.code(), tags(cell));
      } else if (part instanceof Exercise exercise) {
        exercise(exercise);
      }
    }
    var kernel = new LinkedHashMap<String, Object>();
    kernel.put("display_name", "Fresnel (Java)");
    kernel.put("language", "java");
    kernel.put("name", KERNEL);
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("kernelspec", kernel);
    metadata.put("language_info", Map.of("name", "java"));
    var notebook = new LinkedHashMap<String, Object>();
    notebook.put("cells", cells);
    notebook.put("metadata", metadata);
    notebook.put("nbformat", 4);
    notebook.put("nbformat_minor", 5);
    try {
      return JSON.writeValueAsString(notebook) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("maps and lists can be written", e);
    }
  }

  /** A cell that needs an answer may fail; running all cells goes on behind it. */
  private static List<String> tags(Part.Cell cell) {
    var tags = new ArrayList<String>();
    if (cell.needsAnswers()) {
      tags.add("raises-exception");
    }
    if (cell.code().contains("show(")) {
      tags.add("figure");
    }
    return tags;
  }

  private void exercise(Exercise exercise) {
    var out = new StringBuilder("### Exercise: ").append(exercise.id()).append("\n\n");
    out.append('*').append(exercise.effort()).append("*\n\n").append(exercise.idea()).append('\n');
    for (int i = 0; i < exercise.hints().size(); i++) {
      out.append("\n").append(Folded.of("Hint " + (i + 1), exercise.hints().get(i)));
    }
    markdown("exercise-" + exercise.id(), out.toString().strip());
    code(ANSWER + exercise.id(), exercise.code(track), List.of());
    code("check-" + exercise.id(), exercise.checkInNotebook(), List.of("check"));
    String solution = "```java\n" + exercise.solved() + "\n```";
    markdown("solution-" + exercise.id(), Folded.of("Solution", solution).strip());
  }

  private void markdown(String id, String text) {
    cell("markdown", id, text, List.of());
  }

  private void code(String id, String text, List<String> tags) {
    var cell = cell("code", id, text, tags);
    cell.put("execution_count", null);
    cell.put("outputs", List.of());
  }

  private Map<String, Object> cell(String type, String id, String text, List<String> tags) {
    var cell = new LinkedHashMap<String, Object>();
    cell.put("cell_type", type);
    cell.put("id", id);
    cell.put("metadata", tags.isEmpty() ? Map.of() : Map.of("tags", tags));
    cell.put("source", text);
    cells.add(cell);
    return cell;
  }
}
