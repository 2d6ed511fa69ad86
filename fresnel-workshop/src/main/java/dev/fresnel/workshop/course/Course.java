package dev.fresnel.workshop.course;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The workshop: its chapters, in order.
 *
 * @param chapters from chapter 1 on
 */
public record Course(List<Chapter> chapters) {
  private static final List<String> KEYS =
      List.of(
          "opening",
          "attention",
          "detectors",
          "larger",
          "attribution",
          "comparing",
          "ablation",
          "training",
          "circuit",
          "yours");

  /** What every chapter's code imports. */
  static final String IMPORTS = text("imports.txt");

  public Course {
    chapters = List.copyOf(chapters);
  }

  /** Reads the workshop's source. */
  public static Course read() {
    var chapters = new ArrayList<Chapter>();
    for (int i = 0; i < KEYS.size(); i++) {
      chapters.add(
          ChapterReader.read(
              i + 1, KEYS.get(i), text("chapters/%02d-%s.md".formatted(i + 1, KEYS.get(i)))));
    }
    return new Course(chapters);
  }

  /** All exercises, in order. */
  public List<Exercise> exercises() {
    return chapters.stream().flatMap(chapter -> chapter.exercises().stream()).toList();
  }

  /** A file of the workshop's resources. */
  static String text(String name) {
    try (var stream = Course.class.getResourceAsStream("/dev/fresnel/workshop/" + name)) {
      if (stream == null) {
        throw new IllegalStateException(
            "the resource dev/fresnel/workshop/" + name + " is missing");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
