package dev.fresnel.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Opens a page in the user's browser, with the system's own command. */
final class Browser {
  private Browser() {}

  /** How long the system's command may take to say that it found no browser. */
  private static final long PATIENCE_MS = 3_000;

  /** Opens the page; where that fails, says so and throws nothing. */
  static void open(Path page, Console console) {
    open(page, console, command(page.toAbsolutePath().toString()));
  }

  /** The same with this command, which is given to tests. */
  static void open(Path page, Console console, List<String> command) {
    try {
      var process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      // A browser that the command started itself may run on; one that ended at once says how.
      if (process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS) && process.exitValue() != 0) {
        unopened(page, console, command.get(0) + " ended with status " + process.exitValue());
      }
    } catch (IOException e) {
      unopened(page, console, "there is no " + command.get(0));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void unopened(Path page, Console console, String why) {
    console.note("No browser was opened (" + why + "); open " + page + " yourself.");
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
