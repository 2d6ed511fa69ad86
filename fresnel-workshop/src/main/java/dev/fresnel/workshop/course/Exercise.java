package dev.fresnel.workshop.course;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A method to write, and its check. The stubs of the two tracks are what the solution shows of
 * itself: its header; and its steps, which are comments that begin with a number, and lines that
 * end in {@code // given}.
 *
 * @param id such as {@code average-over-condition}
 * @param difficulty from 1 to 5
 * @param minutes how long it takes
 * @param idea what to write and why, in Markdown
 * @param hints the later ones say more
 * @param solution one method
 */
public record Exercise(
    String id, int difficulty, int minutes, String idea, List<String> hints, String solution)
    implements Part {
  private static final String GIVEN = " // given";
  private static final String STEP = "// \\d+\\. .*";

  public Exercise {
    hints = List.copyOf(hints);
  }

  /** The method's header: the first line up to the brace. */
  String header() {
    String first = solution.lines().findFirst().orElseThrow();
    return first.substring(0, first.lastIndexOf('{')).strip();
  }

  /** The method's name, such as {@code averageOverCondition}. */
  public String method() {
    String header = header();
    String before = header.substring(0, header.indexOf('('));
    return before.substring(before.lastIndexOf(' ') + 1);
  }

  /** The names of its parameters. */
  List<String> parameters() {
    String header = header();
    String inside = header.substring(header.indexOf('(') + 1, header.lastIndexOf(')'));
    return inside.isBlank()
        ? List.of()
        : Arrays.stream(inside.split(","))
            .map(
                each ->
                    each.substring(each.strip().lastIndexOf(' ') + 1 + each.indexOf(each.strip())))
            .map(String::strip)
            .toList();
  }

  /** The solution without the marks that make the guided track. */
  public String solved() {
    return solution.lines().map(Exercise::unmarked).collect(Collectors.joining("\n"));
  }

  private static String unmarked(String line) {
    return line.endsWith(GIVEN) ? line.substring(0, line.length() - GIVEN.length()) : line;
  }

  /** The method as a track gives it to a learner. */
  String code(Track track) {
    if (track == Track.SOLVED) {
      return solved();
    }
    var lines = new ArrayList<String>();
    lines.add(header() + " {");
    if (track == Track.GUIDED) {
      solution
          .lines()
          .skip(1)
          .filter(line -> line.endsWith(GIVEN) || line.strip().matches(STEP))
          .map(line -> line.strip().matches(STEP) ? "  " + line.strip() : unmarked(line))
          .forEach(lines::add);
    }
    lines.add("  throw new NotWrittenYet(\"" + id + "\");");
    lines.add("}");
    return String.join("\n", lines);
  }

  /** The check where methods belong to no class: {@code Checks.rule((query, key) -> rule(…))}. */
  String checkInNotebook() {
    String names = String.join(", ", parameters());
    return "Checks.%s((%s) -> %s(%s))".formatted(method(), names, method(), names);
  }

  /** The check of a class's method: {@code Checks.rule(Detectors::rule)}. */
  public String checkIn(String className) {
    return "Checks.%s(%s::%s)".formatted(method(), className, method());
  }

  /** How hard it is and how long it takes, in a line. */
  String effort() {
    return "Difficulty %s%s · about %d minutes"
        .formatted("●".repeat(difficulty), "○".repeat(5 - difficulty), minutes);
  }
}
