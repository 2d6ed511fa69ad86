package dev.fresnel.workshop.course;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * The jars of the running program, Fresnel's and all that it needs, as a Maven repository. Each is
 * an artifact without dependencies of its own; one more, of type pom, depends on all of them. So a
 * project resolves exactly what this program runs with, from its folder alone.
 */
final class Libraries {
  static final String GROUP = "workshop.libraries";
  static final String ALL = "fresnel-and-all-it-needs";
  private static final String VERSION = "1";

  private final Path repository;

  private Libraries(Path repository) {
    this.repository = repository;
  }

  /**
   * Puts the class path into a repository. A file is linked where the disk allows, else copied.
   *
   * @return the jars there, in the class path's order
   */
  static List<Path> into(Path repository) throws IOException {
    var libraries = new Libraries(repository);
    var names = new ArrayList<String>();
    for (Path entry : classPath()) {
      names.add(libraries.add(entry));
    }
    libraries.pom(ALL, "pom", names);
    return names.stream().map(name -> libraries.file(name, "jar")).toList();
  }

  /** The jars and folders of classes that this program runs from. */
  static List<Path> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().normalize())
        .filter(entry -> Files.exists(entry) && !entry.endsWith("test-classes"))
        .toList();
  }

  private String add(Path entry) throws IOException {
    String name = name(entry);
    Path target = file(name, "jar");
    Files.createDirectories(target.getParent());
    if (Files.isDirectory(entry)) {
      pack(entry, target);
    } else {
      link(entry, target);
    }
    pom(name, "jar", List.of());
    return name;
  }

  /** A jar's name without its ending; for {@code MODULE/target/classes}, the module's. */
  private static String name(Path entry) {
    return Files.isDirectory(entry)
        ? entry.getParent().getParent().getFileName().toString()
        : entry.getFileName().toString().replaceFirst("\\.jar$", "");
  }

  private Path file(String name, String ending) {
    return repository
        .resolve(GROUP.replace('.', '/'))
        .resolve(name)
        .resolve(VERSION)
        .resolve(name + "-" + VERSION + "." + ending);
  }

  static void link(Path from, Path to) throws IOException {
    try {
      Files.createLink(to, from.toRealPath());
    } catch (IOException | UnsupportedOperationException e) {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (var out = new JarOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
  }

  private void pom(String name, String packaging, List<String> dependencies) throws IOException {
    var out = new StringBuilder();
    out.append("<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n");
    out.append("  <modelVersion>4.0.0</modelVersion>\n").append(coordinates(name, "  "));
    out.append("  <packaging>").append(packaging).append("</packaging>\n  <dependencies>\n");
    for (String dependency : dependencies) {
      out.append("    <dependency>\n").append(coordinates(dependency, "      "));
      out.append("    </dependency>\n");
    }
    out.append("  </dependencies>\n</project>\n");
    Path file = file(name, "pom");
    Files.createDirectories(file.getParent());
    Files.writeString(file, out);
  }

  private static String coordinates(String name, String indent) {
    return "%1$s<groupId>%2$s</groupId>\n%1$s<artifactId>%3$s</artifactId>\n%1$s<version>%4$s</version>\n"
        .formatted(indent, GROUP, name, VERSION);
  }

  /** The dependency of a learner's project, for its pom. */
  static String dependency() {
    return "    <dependency>\n"
        + coordinates(ALL, "      ")
        + "      <type>pom</type>\n    </dependency>\n";
  }
}
