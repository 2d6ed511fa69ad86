package dev.fresnel.workshop.course;

/** A chapter's text beside a Maven project. */
final class ChapterText {
  private ChapterText() {}

  static String of(Chapter chapter, boolean maven) {
    var out = new StringBuilder();
    out.append("# ").append(chapter.number()).append(". ").append(chapter.title()).append("\n\n");
    out.append("About ").append(chapter.minutes()).append(" minutes. ");
    String name = chapter.className();
    out.append("The exercises are methods of [")
        .append(name)
        .append("](../src/main/java/workshop/");
    out.append(name).append(".java). What the text looks at: ");
    out.append(maven ? "`./mvnw test -Dtest=" + name + "Look`, or " : "run ");
    out.append("that class's `main`.\n");
    for (var part : chapter.parts()) {
      out.append('\n');
      if (part instanceof Part.Prose prose) {
        out.append(prose.markdown()).append('\n');
      } else if (part instanceof Part.Cell cell) {
        out.append("```java\n").append(cell.code()).append("\n```\n");
      } else if (part instanceof Exercise exercise) {
        exercise(out, chapter, exercise, maven);
      }
    }
    return out.toString();
  }

  private static void exercise(
      StringBuilder out, Chapter chapter, Exercise exercise, boolean maven) {
    out.append("### Exercise: ").append(exercise.id()).append("\n\n*").append(exercise.effort());
    out.append("*\n\n").append(exercise.idea()).append("\n\n");
    out.append("Check: `");
    out.append(
        maven
            ? "./mvnw test -Dtest=" + chapter.className() + "Test#" + exercise.method()
            : "./check");
    out.append(maven ? "`\n" : "`, or run `" + chapter.className() + "Check`\n");
    for (int i = 0; i < exercise.hints().size(); i++) {
      out.append('\n').append(Folded.of("Hint " + (i + 1), exercise.hints().get(i)));
    }
    out.append('\n');
    out.append(Folded.of("Solution", "```java\n" + exercise.solved() + "\n```"));
  }
}
