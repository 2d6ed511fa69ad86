package dev.fresnel.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Opens a page in the user's browser, with the system's own command. */
final class Browser {
  private Browser() {}

  /** Opens the page; where that fails, says so and throws nothing. */
  static void open(Path page, Console console) {
    try {
      new ProcessBuilder(command(page.toAbsolutePath().toString()))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      console.note(
          "No browser could be started (" + e.getMessage() + "); open " + page + " yourself.");
    }
  }

  private static List<String> command(String page) {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    if (system.startsWith("mac")) {
      return List.of("open", page);
    }
    return system.startsWith("windows")
        ? List.of("rundll32", "url.dll,FileProtocolHandler", page)
        : List.of("xdg-open", page);
  }
}
