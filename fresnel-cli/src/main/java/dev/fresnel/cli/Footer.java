package dev.fresnel.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * Fits the footers of help to the terminal. In a command they are written as lines of the source:
 * lines of prose that follow each other are one paragraph, which is wrapped here, between words.
 * Examples, which are indented, and tables, whose columns stand apart, stay as they are.
 */
final class Footer {
  /** What begins a paragraph of its own: {@code JSON:}, {@code Environment:}. */
  private static final Pattern TITLE = Pattern.compile("[A-Z][A-Za-z ]*: ?.*");

  private Footer() {}

  /** Fits the footers of a command and of all below it. */
  static void fit(CommandLine command, int width) {
    var usage = command.getCommandSpec().usageMessage();
    usage.footer(fitted(List.of(usage.footer()), width).toArray(String[]::new));
    command.getSubcommands().values().forEach(each -> fit(each, width));
  }

  /**
   * @param width in characters
   */
  static List<String> fitted(List<String> lines, int width) {
    var fitted = new ArrayList<String>();
    var paragraph = new StringBuilder();
    for (String line : lines) {
      boolean prose = !line.isBlank() && !line.startsWith(" ") && !line.contains("  ");
      if (!prose || TITLE.matcher(line).matches()) {
        flush(paragraph, width, fitted);
      }
      if (prose) {
        paragraph.append(paragraph.isEmpty() ? "" : " ").append(line);
      } else {
        fitted.add(line);
      }
    }
    flush(paragraph, width, fitted);
    return fitted;
  }

  private static void flush(StringBuilder paragraph, int width, List<String> fitted) {
    var line = new StringBuilder();
    for (String word : paragraph.toString().split(" ")) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        fitted.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    if (!line.isEmpty()) {
      fitted.add(line.toString());
    }
    paragraph.setLength(0);
  }
}
