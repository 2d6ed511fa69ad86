package dev.fresnel.workshop.course;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A Maven to put into a project's folder, and the plugins that the project uses.
 *
 * @param home a folder with {@code bin/mvn}
 * @param plugins a repository that holds all plugins; empty where Maven has to gather them
 */
record Maven(Path home, Optional<Path> plugins) {
  /**
   * The Maven beside the program; else the one that the wrapper of a build has fetched; else the
   * one on the PATH.
   *
   * @param program the program's folder
   * @return empty if there is none
   */
  static Optional<Maven> find(Path program) {
    Path beside = program.resolve("maven");
    return isHome(beside)
        ? Optional.of(new Maven(beside, Optional.of(program.resolve("maven-plugins"))))
        : fetched().or(Maven::onPath).map(home -> new Maven(home, Optional.empty()));
  }

  private static boolean isHome(Path folder) {
    return Files.isRegularFile(folder.resolve("bin/mvn"))
        && Files.isDirectory(folder.resolve("lib"));
  }

  private static Optional<Path> fetched() {
    String own = System.getenv("MAVEN_USER_HOME");
    Path user =
        own != null && !own.isBlank()
            ? Path.of(own)
            : Path.of(System.getProperty("user.home")).resolve(".m2");
    Path fetched = user.resolve("wrapper/dists");
    if (!Files.isDirectory(fetched)) {
      return Optional.empty();
    }
    try (var folders = Files.walk(fetched, 3)) {
      return folders.filter(Maven::isHome).max(Comparator.naturalOrder());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<Path> onPath() {
    var homes = new ArrayList<Path>();
    for (String folder :
        System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)) {
      Path program = Path.of(folder, "mvn");
      if (Files.isExecutable(program)) {
        try {
          homes.add(program.toRealPath().getParent().getParent());
        } catch (IOException e) {
          continue; // a link to nothing
        }
      }
    }
    return homes.stream().filter(Maven::isHome).findFirst();
  }

  /** Puts this Maven into a folder. */
  void into(Path folder) throws IOException {
    copy(home, folder);
  }

  /** Copies a folder. What links lead to is copied, too: a system's own Maven consists of them. */
  static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from, FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else if (!Files.exists(target)) {
          Files.copy(file, target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  /**
   * Runs a project's Maven.
   *
   * @return what it said, if it failed
   */
  static Optional<String> run(Path project, List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    command.add(project.resolve(windows ? "mvnw.cmd" : "mvnw").toAbsolutePath().toString());
    command.addAll(arguments);
    var builder = new ProcessBuilder(command).directory(project.toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    var process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes());
    try {
      return process.waitFor() == 0 ? Optional.empty() : Optional.of(said);
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }
}
