package dev.fresnel.workshop.course;

import java.util.LinkedHashMap;
import java.util.Map;

/** The files of the plain-Java way, without the pom and the repository. */
final class ProjectFiles {
  static final String SOURCES = "src/main/java/workshop/";

  private ProjectFiles() {}

  /** The files' texts by their paths. */
  static Map<String, String> of(Course course, Track track) {
    var files = new LinkedHashMap<String, String>();
    files.put("README.md", Course.text("project/README.md.txt"));
    files.put(".gitignore", "/target/\n/pages/\n");
    files.put(SOURCES + "Pages.java", Course.text("project/Pages.java.txt"));
    for (var chapter : course.chapters()) {
      String name = chapter.className();
      files.put("text/" + chapter.fileName() + ".md", ChapterText.of(chapter));
      files.put(SOURCES + name + ".java", ChapterClass.of(chapter, track));
      files.put("src/test/java/workshop/" + name + "Look.java", ChapterClass.look(chapter));
      if (!chapter.exercises().isEmpty()) {
        files.put("src/test/java/workshop/" + name + "Test.java", ChapterClass.tests(chapter));
      }
    }
    return files;
  }
}
