package dev.fresnel.workshop.course;

import java.util.LinkedHashMap;
import java.util.Map;

/** The files of the plain-Java way, without the pom and the repository. */
final class ProjectFiles {
  static final String SOURCES = "src/main/java/workshop/";
  private static final String TESTS = "src/test/java/workshop/";

  private ProjectFiles() {}

  /**
   * The files' texts by their paths.
   *
   * @param maven whether the folder has a Maven, which fetched JUnit; else each chapter's checks
   *     are a program
   */
  static Map<String, String> of(Course course, Track track, boolean maven) {
    var files = new LinkedHashMap<String, String>();
    files.put(
        "README.md",
        Course.text("project/README.md.txt")
            .replace(
                "@COMMANDS@\n",
                Course.text(maven ? "project/with-maven.md.txt" : "project/without-maven.md.txt")));
    files.put(".gitignore", "/target/\n/pages/\n");
    files.put(SOURCES + "Pages.java", Course.text("project/Pages.java.txt"));
    for (var chapter : course.chapters()) {
      String name = chapter.className();
      files.put("text/" + chapter.fileName() + ".md", ChapterText.of(chapter, maven));
      files.put(SOURCES + name + ".java", ChapterClass.of(chapter, track));
      if (maven) {
        files.put(TESTS + name + "Look.java", ChapterClass.look(chapter));
      }
      if (!chapter.exercises().isEmpty()) {
        files.put(
            maven ? TESTS + name + "Test.java" : SOURCES + name + "Check.java",
            maven ? ChapterClass.tests(chapter) : ChapterClass.check(chapter));
      }
    }
    return files;
  }
}
