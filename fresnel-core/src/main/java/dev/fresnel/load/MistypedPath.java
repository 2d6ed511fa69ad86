package dev.fresnel.load;

import dev.fresnel.error.NearestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Says how far a path that does not exist leads, and what is there instead. */
final class MistypedPath {
  /** The most names of a folder that are compared. */
  private static final int MOST_NAMES = 10_000;

  private MistypedPath() {}

  /** A clause: {@code there is no file or folder x/y: the folder x has z}. */
  static String told(Path path) {
    Path missing = path.toAbsolutePath().normalize();
    Path folder = missing.getParent();
    while (folder != null && !Files.exists(folder)) {
      missing = folder;
      folder = folder.getParent();
    }
    String clause = "there is no file or folder " + path;
    if (folder == null || missing.getFileName() == null) {
      return clause;
    }
    if (!Files.isDirectory(folder)) {
      return clause + ": " + folder + " is a file";
    }
    List<String> near = near(folder, missing.getFileName().toString());
    return clause
        + ": the folder "
        + folder
        + (near.isEmpty()
            ? " is empty"
            : " has no "
                + missing.getFileName()
                + "; the nearest there is "
                + String.join(", ", near));
  }

  private static List<String> near(Path folder, String name) {
    try (Stream<Path> files = Files.list(folder)) {
      return NearestNames.of(
          name, files.limit(MOST_NAMES).map(file -> file.getFileName().toString()).toList());
    } catch (IOException unreadable) {
      return List.of();
    }
  }
}
