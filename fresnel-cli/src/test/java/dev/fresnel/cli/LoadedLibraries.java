package dev.fresnel.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs the command in a process of its own, and prints at its end which native libraries it has.
 */
public final class LoadedLibraries {
  private LoadedLibraries() {}

  public static void main(String[] arguments) {
    Runtime.getRuntime().addShutdownHook(new Thread(LoadedLibraries::print));
    Main.main(arguments);
  }

  private static void print() {
    try {
      Files.readAllLines(Path.of("/proc/self/maps")).stream()
          .filter(line -> line.endsWith(".so") || line.contains(".so."))
          .map(line -> line.substring(line.lastIndexOf('/') + 1))
          .distinct()
          .forEach(name -> System.out.println("library " + name));
    } catch (IOException e) {
      System.out.println("no /proc: " + e);
    }
  }
}
