package dev.fresnel.workshop.course;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;

/** What a learner has written, in a Maven project or in notebooks. */
final class Answers {
  /** The most that is read of a learner's file, in bytes: far more than anybody writes by hand. */
  private static final int LARGEST = 10_000_000;

  private final Path folder;
  private final boolean notebooks;

  private Answers(Path folder, boolean notebooks) {
    this.folder = folder;
    this.notebooks = notebooks;
  }

  /**
   * @throws FresnelException if there is no such folder, or no workshop in it
   */
  static Answers in(Path folder) {
    if (Files.isDirectory(folder.resolve(ProjectFiles.SOURCES))) {
      return new Answers(folder, false);
    }
    if (hasNotebooks(folder)) {
      return new Answers(folder, true);
    }
    throw new FresnelException(
        folder
            + (Files.isDirectory(folder) ? " holds no workshop" : " is no folder")
            + "; expected what 'fresnel workshop new' or 'fresnel workshop notebook' made");
  }

  /** Whether a folder holds the workshop's notebooks. */
  static boolean hasNotebooks(Path folder) {
    return Files.isRegularFile(folder.resolve("1-opening.ipynb"));
  }

  /** The file of a chapter, within the folder. */
  String place(Chapter chapter) {
    return notebooks
        ? chapter.fileName() + ".ipynb"
        : ProjectFiles.SOURCES + chapter.className() + ".java";
  }

  /** The chapter's class; empty where its file is not there. */
  Optional<String> source(Chapter chapter) {
    var file = folder.resolve(place(chapter));
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      String text = new String(InputFile.bytes(file, LARGEST), StandardCharsets.UTF_8);
      return Optional.of(notebooks ? fromNotebook(chapter, text) : text);
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          file + " is no notebook: " + Json.problem(e) + "; make it again in another folder", e);
    }
  }

  private static String fromNotebook(Chapter chapter, String text) throws JsonProcessingException {
    var answers = new ArrayList<String>();
    for (var cell : Json.tree(text.getBytes(StandardCharsets.UTF_8)).path("cells")) {
      if (cell.path("id").asText().startsWith(NotebookFile.ANSWER)) {
        answers.add(source(cell.path("source")));
      }
    }
    return ChapterClass.of(chapter, answers);
  }

  /** A cell's source is a string, or a list of its lines. */
  private static String source(JsonNode source) {
    var text = new StringBuilder(source.isTextual() ? source.asText() : "");
    source.forEach(line -> text.append(line.asText()));
    return text.toString();
  }
}
