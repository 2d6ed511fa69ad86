package dev.fresnel.workshop.course;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a chapter from its source: Markdown, in which a Java block is a cell and a block between
 * {@code :::exercise ID DIFFICULTY MINUTES} and {@code :::end} is an exercise. Its idea comes
 * first, then each hint behind {@code :::hint}, then one Java block behind {@code :::solution}.
 */
final class ChapterReader {
  private final String source;
  private final List<String> lines;
  private final List<Part> parts = new ArrayList<>();
  private final StringBuilder prose = new StringBuilder();
  private int at;

  private ChapterReader(String source, String text) {
    this.source = source;
    lines = text.lines().toList();
  }

  static Chapter read(int number, String key, String text) {
    return new ChapterReader(key, text).chapter(number, key);
  }

  private Chapter chapter(int number, String key) {
    String title = lines.get(at++).replaceFirst("^# ", "");
    int minutes = Integer.parseInt(lines.get(at++).replaceFirst("^minutes: ", ""));
    while (at < lines.size()) {
      String line = lines.get(at);
      if (line.startsWith("```java")) {
        endProse();
        at++;
        parts.add(new Part.Cell(upTo("```"), line.equals("```java needs")));
      } else if (line.startsWith(":::exercise ")) {
        endProse();
        at++;
        parts.add(exercise(line.split(" ")));
      } else {
        prose.append(line).append('\n');
        at++;
      }
    }
    endProse();
    return new Chapter(number, key, title, minutes, parts);
  }

  private void endProse() {
    if (!prose.toString().isBlank()) {
      parts.add(new Part.Prose(prose.toString().strip()));
    }
    prose.setLength(0);
  }

  /** The lines before the one that is the end, which is passed. */
  private String upTo(String end) {
    var text = new ArrayList<String>();
    while (!line().equals(end)) {
      text.add(line());
      at++;
    }
    at++;
    return String.join("\n", text);
  }

  private String line() {
    if (at >= lines.size()) {
      throw new FresnelException("chapter " + source + " ends inside a block; expected its end");
    }
    return lines.get(at);
  }

  private Exercise exercise(String[] head) {
    String idea = upToMark();
    var hints = new ArrayList<String>();
    while (line().equals(":::hint")) {
      at++;
      hints.add(upToMark());
    }
    at += 2; // :::solution and ```java
    String solution = upTo("```");
    if (!line().equals(":::end")) {
      throw new FresnelException(
          "chapter %s, line %d: expected :::end behind the solution, got %s"
              .formatted(source, at + 1, line()));
    }
    at++;
    return new Exercise(
        head[1], Integer.parseInt(head[2]), Integer.parseInt(head[3]), idea, hints, solution);
  }

  private String upToMark() {
    var text = new ArrayList<String>();
    while (!line().startsWith(":::")) {
      text.add(line());
      at++;
    }
    return String.join("\n", text).strip();
  }
}
