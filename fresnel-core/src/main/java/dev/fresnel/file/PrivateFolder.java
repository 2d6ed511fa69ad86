package dev.fresnel.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Folders to which nobody but the user can write: code is loaded from such folders alone. On
 * systems without POSIX permissions, the system's own protection of the home folder has to do.
 */
public final class PrivateFolder {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  private static final FileAttribute<?>[] USER_ONLY =
      POSIX
          ? new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
          }
          : new FileAttribute<?>[0];

  // Bits of a file's mode, as in POSIX.
  private static final int OF_OTHERS = 0077;
  private static final int WRITTEN_BY_GROUP = 0020;
  private static final int WRITTEN_BY_ANYONE = 0002;
  private static final int STICKY = 01000;

  private PrivateFolder() {}

  /**
   * A folder with the permissions 0700, made if it is missing.
   *
   * @return its path without links; empty if it cannot be written, is a link, belongs to someone
   *     else or is open to others, or if others could put another folder in its place
   */
  public static Optional<Path> at(Path folder) {
    return checked(folder, OF_OTHERS);
  }

  /** The same for a folder that another program made: others may read it, but not write. */
  public static Optional<Path> writtenByUserAlone(Path folder) {
    return checked(folder, WRITTEN_BY_GROUP | WRITTEN_BY_ANYONE);
  }

  /**
   * For a user without a folder of that kind: one below the system's temporary folder. It stays for
   * later processes; where its name is taken by somebody else, a fresh one goes with this process.
   */
  public static Path temporary() throws IOException {
    Path base = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    var kept = at(base.resolve("fresnel-" + user(base)));
    if (kept.isPresent()) {
      return kept.get();
    }
    Path fresh = Files.createTempDirectory(base, "fresnel-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> discard(fresh)));
    return fresh.toRealPath();
  }

  private static Optional<Path> checked(Path folder, int forbidden) {
    try {
      Path parent = folder.toAbsolutePath().getParent();
      Files.createDirectories(parent, USER_ONLY);
      Path real = parent.toRealPath().resolve(folder.getFileName());
      try {
        Files.createDirectory(real, USER_ONLY);
      } catch (FileAlreadyExistsException e) {
        // What it is is checked below.
      }
      boolean isPrivate =
          Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS) && (!POSIX || isOwn(real, forbidden));
      return isPrivate && Files.isWritable(real) ? Optional.of(real) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isOwn(Path folder, int forbidden) throws IOException {
    int user = user(folder);
    if (number(folder, "uid") != user || (number(folder, "mode") & forbidden) != 0) {
      return false;
    }
    for (Path above = folder.getParent(); above != null; above = above.getParent()) {
      if (!isClosed(above, user)) {
        return false;
      }
    }
    return true;
  }

  /** Whether nobody but the user and root can rename what is in a folder. */
  private static boolean isClosed(Path folder, int user) throws IOException {
    int owner = number(folder, "uid");
    int mode = number(folder, "mode");
    boolean ofUserAlone = number(folder, "gid") == user; // by custom a group of the user's own
    boolean open =
        (mode & WRITTEN_BY_ANYONE) != 0 || (mode & WRITTEN_BY_GROUP) != 0 && !ofUserAlone;
    return (owner == user || owner == 0) && (!open || (mode & STICKY) != 0);
  }

  /** The number of the user: the owner of a file that is made now. */
  private static int user(Path folder) throws IOException {
    if (!POSIX) {
      return 0;
    }
    Path probe = Files.createTempFile(folder, ".fresnel", null);
    try {
      return number(probe, "uid");
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  private static int number(Path file, String attribute) throws IOException {
    return (Integer) Files.getAttribute(file, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS);
  }

  private static void discard(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(PrivateFolder::delete);
    } catch (IOException | UncheckedIOException e) {
      // It is in the system's temporary folder, which the system clears.
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
