package dev.fresnel.file;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads files that others made. A model's files must be regular files, since a pipe or a device may
 * never end; a text may come from anywhere. Neither is read further than its limit.
 */
public final class InputFile {
  // The kinds of files in a mode, as in POSIX.
  private static final int KIND = 0170000;
  private static final int PIPE = 0010000;
  private static final int SOCKET = 0140000;

  private InputFile() {}

  /**
   * The content of a regular file, or of one that a link leads to.
   *
   * @param most bytes
   * @throws FresnelException if it is something else, is larger, or cannot be read
   */
  public static byte[] bytes(Path file, long most) {
    requireRegular(file);
    return content(file, most);
  }

  /**
   * The content of a file of any kind: also of a pipe, until its writers close it.
   *
   * @param most bytes
   * @throws FresnelException if it is larger, or cannot be read
   */
  public static byte[] anyBytes(Path file, long most) {
    requireNamed(file);
    if (!Files.exists(file)) {
      throw new FresnelException("there is no file " + file + "; check the path");
    }
    if (Files.isDirectory(file)) {
      throw new FresnelException(file + " is a folder; expected a file: give the path of one");
    }
    return content(file, most);
  }

  /**
   * @throws FresnelException unless it is a regular file, or a link to one
   */
  public static void requireRegular(Path file) {
    requireNamed(file);
    if (!Files.exists(file)) {
      boolean isLink = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
      throw new FresnelException(
          file
              + (isLink
                  ? " is a link to a file that does not exist; fetch that file again, or give"
                      + " another path"
                  : " does not exist; check the path"));
    }
    if (!Files.isRegularFile(file)) {
      throw new FresnelException(
          file
              + " is "
              + kind(file)
              + ", expected a regular file: give the path of the file itself");
    }
  }

  /** Java takes an empty path for the folder that a program runs in. */
  private static void requireNamed(Path file) {
    if (file.toString().isEmpty()) {
      throw new FresnelException("the path of the file is empty; give the path of one");
    }
  }

  /**
   * A file that belongs to a model's folder. A link must stay in that folder, or lead to where the
   * hub's cache keeps the files of the same model: who made the folder shall not choose which other
   * files of this machine are read.
   *
   * @throws FresnelException if it is a link to somewhere else
   */
  public static Path ofFolder(Path folder, String name) {
    Path file = folder.resolve(name);
    try {
      if (!Files.exists(file)) {
        return file;
      }
      Path home = folder.toRealPath();
      Path target = file.toRealPath();
      if (target.startsWith(home) || target.startsWith(blobs(home))) {
        return file;
      }
    } catch (IOException e) {
      throw new FresnelException(file + " cannot be read: " + reason(e), e);
    }
    throw new FresnelException(
        file
            + " is a link to a file outside its folder, which is not followed for a configuration;"
            + " copy the file into the folder");
  }

  /** Where the hub's cache keeps the files of {@code MODEL/snapshots/COMMIT}. */
  private static Path blobs(Path snapshot) {
    Path snapshots = snapshot.getParent();
    boolean isOfHub =
        snapshots != null && snapshots.endsWith("snapshots") && snapshots.getParent() != null;
    return isOfHub ? snapshots.resolveSibling("blobs") : snapshot;
  }

  private static byte[] content(Path file, long most) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes((int) Math.min(most + 1, Integer.MAX_VALUE - 8));
      if (bytes.length > most) {
        throw new FresnelException(
            file
                + " has more than "
                + most
                + " bytes, which is the most that is read; check that it is the right file");
      }
      return bytes;
    } catch (IOException e) {
      throw new FresnelException(file + " cannot be read: " + reason(e), e);
    } catch (OutOfMemoryError e) {
      throw new FresnelException(
          file + " does not fit in Java's memory; give it more with -Xmx", e);
    }
  }

  /** Why a file cannot be read or written, in words, with the next step where there is one. */
  public static String reason(IOException e) {
    if (e instanceof ClosedByInterruptException) {
      return "the thread was interrupted; do it again";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied; check its permissions";
    }
    if (e instanceof NoSuchFileException) {
      return "it is gone";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "there is something else of that name; choose another name, or move it away";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return "it is a folder with files in it; choose another name, or move it away";
    }
    if (e instanceof FileSystemException system && system.getReason() != null) {
      return "the system says: " + system.getReason();
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static String kind(Path file) {
    if (Files.isDirectory(file)) {
      return "a folder";
    }
    try {
      int kind = (Integer) Files.getAttribute(file, "unix:mode") & KIND;
      return kind == PIPE ? "a pipe" : kind == SOCKET ? "a socket" : "a device";
    } catch (IOException | UnsupportedOperationException e) {
      return "no regular file";
    }
  }
}
