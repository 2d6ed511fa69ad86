package dev.fresnel.workshop.course;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A chapter as Java: the class of its exercises, and the tests that check them. */
final class ChapterClass {
  /** The longest line of a comment. */
  private static final int WIDTH = 96;

  private ChapterClass() {}

  /** The class, with what a track gives of each exercise. */
  static String of(Chapter chapter, Track track) {
    var out = new StringBuilder("package workshop;\n\n").append(Course.IMPORTS);
    out.append("\n/** Chapter ").append(chapter.number()).append(": text/");
    out.append(chapter.fileName()).append(".md. */\npublic final class ");
    out.append(chapter.className()).append(" {\n");
    out.append("  private ").append(chapter.className()).append("() {}\n");
    for (var exercise : chapter.exercises()) {
      out.append('\n').append(comment(exercise)).append(method(exercise.code(track)));
    }
    return out.append('\n').append(main(chapter)).append("}\n").toString();
  }

  /** The class of answers that stand elsewhere, by the exercise's id. */
  static String of(Chapter chapter, List<String> answers) {
    var out = new StringBuilder("package workshop;\n\n").append(Course.IMPORTS);
    out.append("\npublic final class ").append(chapter.className()).append(" {\n");
    answers.forEach(answer -> out.append(method(answer)));
    return out.append("}\n").toString();
  }

  private static String comment(Exercise exercise) {
    var out = new StringBuilder("  // ").append(exercise.id()).append(": ");
    int column = out.length();
    for (String word : exercise.idea().split("\\s+")) {
      if (column + word.length() > WIDTH) {
        out.append("\n  //");
        column = 4;
        out.append(' ');
        column++;
      } else if (out.charAt(out.length() - 1) != ' ') {
        out.append(' ');
        column++;
      }
      out.append(word);
      column += word.length();
    }
    return out.append('\n').toString();
  }

  /** A method as a member of a class: its header begins at the left. */
  private static String method(String code) {
    return code.lines()
            .map(line -> (line.matches("[A-Za-z].*\\) .*\\{$") ? "public static " : "") + line)
            .map(line -> line.isEmpty() ? "" : "  " + line)
            .collect(Collectors.joining("\n"))
        + "\n";
  }

  private static String main(Chapter chapter) {
    var lines = new ArrayList<String>();
    lines.add("/** Runs what the text looks at. */");
    lines.add("public static void main(String[] args) throws Exception {");
    for (var part : chapter.parts()) {
      if (part instanceof Part.Cell cell) {
        cell.code().lines().map(line -> "  " + line).forEach(lines::add);
      }
    }
    lines.add("}");
    String code =
        lines.stream()
                .map(line -> line.isBlank() ? "" : "  " + line)
                .collect(Collectors.joining("\n"))
            + "\n";
    return code.contains("show(")
        ? code
            + "\n"
            + "  private static void show(Figure... figures) throws Exception {\n"
            + "    Pages.show(\""
            + chapter.fileName()
            + "\", figures);\n  }\n"
        : code;
  }

  /** Runs what the text looks at, where Maven is asked for it by name. */
  static String look(Chapter chapter) {
    return """
    package workshop;

    import org.junit.jupiter.api.Test;

    class %1$sLook {
      @Test
      void look() throws Exception {
        %1$s.main(new String[0]);
      }
    }
    """
        .formatted(chapter.className());
  }

  /** The tests: one for each exercise, named as its method. */
  static String tests(Chapter chapter) {
    var out = new StringBuilder("package workshop;\n\nimport dev.fresnel.workshop.Checks;\n");
    out.append("import org.junit.jupiter.api.Test;\n\nclass ").append(chapter.className());
    out.append("Test {");
    for (var exercise : chapter.exercises()) {
      out.append("\n  @Test\n  void ").append(exercise.method()).append("() {\n    ");
      out.append(exercise.checkIn(chapter.className())).append(".require();\n  }\n");
    }
    return out.append("}\n").toString();
  }

  /** The checks as a program, for a folder without JUnit: it says how each exercise stands. */
  static String check(Chapter chapter) {
    var out = new StringBuilder("package workshop;\n\nimport dev.fresnel.workshop.Checks;\n\n");
    out.append("/** Run it to see how the exercises of this chapter stand. */\nfinal class ");
    out.append(chapter.className()).append("Check {\n");
    out.append("  public static void main(String[] args) {\n");
    for (var exercise : chapter.exercises()) {
      out.append("    System.out.println(").append(exercise.checkIn(chapter.className()));
      out.append(");\n");
    }
    return out.append("  }\n}\n").toString();
  }
}
