package dev.fresnel.workshop.course;

import dev.fresnel.error.FresnelException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes a folder for the plain-Java way: a Maven project that holds everything that it needs, Maven
 * included, so that it works without a network and can be copied to other machines.
 */
public final class ProjectFolder {
  private final Path folder;
  private final Path repository;

  private ProjectFolder(Path folder) {
    this.folder = folder;
    this.repository = folder.resolve("repository");
  }

  /**
   * Makes the folder. Where there is no Maven, the folder has none: an IDE's works there, too.
   *
   * @param folder is not there, or empty
   * @param program the folder of the program: a clone's, or an unpacked zip's
   * @return whether the folder has a Maven
   * @throws FresnelException if there is something in the folder, or Maven's plugins cannot be had
   */
  public static boolean create(Path folder, Track track, Path program) {
    requireEmpty(folder);
    var maven = Maven.find(program);
    try {
      new ProjectFolder(folder).create(track, maven);
      return maven.isPresent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @throws FresnelException if there is something in the folder
   */
  public static void requireEmpty(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (var there = Files.list(folder)) {
      if (there.findAny().isPresent()) {
        throw new FresnelException(
            folder
                + " is not empty; nothing in it was changed. Name a folder that is not there yet");
      }
    } catch (IOException e) {
      throw new FresnelException(folder + " is no folder; name one that is not there yet", e);
    }
  }

  private void create(Track track, Optional<Maven> maven) throws IOException {
    for (var file : ProjectFiles.of(Course.read(), track, maven.isPresent()).entrySet()) {
      write(file.getKey(), file.getValue());
    }
    write(
        "pom.xml",
        Course.text("project/pom.xml.txt")
            .replace("@DEPENDENCIES@", Libraries.dependency())
            .replace("@TESTS@", maven.isPresent() ? Course.text("project/junit.xml.txt") : ""));
    program("check");
    var jars = Libraries.into(repository).stream().map(folder::relativize).map(Path::toString);
    write(
        "check.args",
        "--enable-native-access=ALL-UNNAMED\n-cp\n\"%s\"\ndev.fresnel.cli.Main\n"
            .formatted(
                jars.map(jar -> jar.replace("\\", "/"))
                    .collect(Collectors.joining(File.pathSeparator))));
    if (maven.isPresent()) {
      write(".mvn/maven.config", "-Dmaven.repo.local=${session.rootDirectory}/repository\n");
      program("mvnw");
      maven.get().into(folder.resolve("maven"));
      if (maven.get().plugins().isPresent()) {
        Maven.copy(maven.get().plugins().get(), repository);
      } else {
        gather();
      }
    }
  }

  /** A script for a shell, and one for Windows. */
  private void program(String name) throws IOException {
    write(name, Course.text("project/" + name + ".txt"));
    folder.resolve(name).toFile().setExecutable(true, false);
    write(name + ".cmd", Course.text("project/" + name + ".cmd.txt").replace("\n", "\r\n"));
  }

  private void write(String path, String text) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /**
   * Lets Maven fetch the plugins into the project's repository, by one build with one test: from
   * the user's own repository as far as it has them, else as the user's settings say.
   */
  private void gather() throws IOException {
    Path test = folder.resolve("src/test/java/workshop/SetUpTest.java");
    Files.writeString(
        test,
        "package workshop;\n\n"
            + "class SetUpTest {\n"
            + "  @org.junit.jupiter.api.Test\n"
            + "  void works() {}\n"
            + "}\n");
    Path settings = folder.resolve("settings.xml");
    Files.writeString(settings, settings());
    var build = List.of("-q", "-B", "test", "-Dtest=SetUpTest");
    try {
      var fromOwn = new ArrayList<>(build);
      fromOwn.addAll(List.of("-s", settings.toString()));
      if (Maven.run(folder, fromOwn).isPresent()) {
        forgetSources();
        Optional<String> said = Maven.run(folder, build);
        if (said.isPresent()) {
          throw new FresnelException(
              "Maven could not fetch what the project's tests need; the first time that takes a"
                  + " network. It said:\n"
                  + said.get());
        }
      }
    } finally {
      Files.deleteIfExists(settings);
      Files.deleteIfExists(test);
    }
    forgetSources();
    delete(folder.resolve("target"));
  }

  /** Settings by which the user's own repository stands for all others. */
  private static String settings() {
    var own = Path.of(System.getProperty("user.home"), ".m2", "repository").toUri();
    return """
    <settings>
      <mirrors>
        <mirror>
          <id>own</id>
          <url>%s</url>
          <mirrorOf>*,!workshop-folder</mirrorOf>
        </mirror>
      </mirrors>
    </settings>
    """
        .formatted(own);
  }

  /** Maven's notes of where a file came from: without them it takes the file from anywhere. */
  private void forgetSources() throws IOException {
    try (var files = Files.walk(repository)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (name.equals("_remote.repositories")
            || name.endsWith(".lastUpdated")
            || name.equals("resolver-status.properties")) {
          Files.delete(file);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
  }
}
