package dev.fresnel.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file that is being written under a temporary name. Its writer holds a lock on it, which ends
 * with the process: a temporary file that nobody has locked was left by a killed writer.
 */
final class TemporaryFile implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("\\..+\\.[0-9a-f-]{36}\\.incomplete");

  /**
   * The names that this process is writing. Their files must not be opened again: on Linux closing
   * any handle of a file ends all the process's locks on it.
   */
  private static final Set<String> WRITING = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel channel;

  private TemporaryFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** A new file in a folder, for what will be called {@code target}. */
  static TemporaryFile in(Path folder, Path target) throws IOException {
    while (true) {
      var file =
          create(
              folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".incomplete"));
      if (file.isOwn()) {
        return file;
      }
      file.close();
    }
  }

  private static TemporaryFile create(Path path) throws IOException {
    String name = path.getFileName().toString();
    WRITING.add(name);
    try {
      return new TemporaryFile(
          path, FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    } catch (Throwable e) {
      WRITING.remove(name);
      throw e;
    }
  }

  /**
   * Locks the new file. False where another process locked it first, since it took it for one that
   * a killed writer left: that process removes it.
   */
  private boolean isOwn() {
    try {
      return channel.tryLock() != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException noLocksHere) {
      return true; // then no process can lock the file, and only locked files are removed
    }
  }

  FileChannel channel() {
    return channel;
  }

  /** Brings the bytes to the disk and gives the file its name, in place of an old one. */
  void moveTo(Path target) throws IOException {
    channel.force(true);
    Files.move(
        path,
        target.toAbsolutePath(),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Deletes the file unless it was moved. */
  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(path);
    } finally {
      channel.close();
      WRITING.remove(path.getFileName().toString());
    }
  }

  /** Removes what killed writers left in a folder, as far as it can be removed. */
  static void removeAbandoned(Path folder) {
    try (var files =
        Files.newDirectoryStream(folder, file -> NAME.matcher(file.getFileName() + "").matches())) {
      for (Path file : files) {
        removeIfAbandoned(file);
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      // What is left over does no harm but for its size.
    }
  }

  private static void removeIfAbandoned(Path file) {
    if (WRITING.contains(file.getFileName().toString())
        || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE);
        var lock = lock(channel)) {
      if (lock != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException anotherUsers) {
      // It stays, or its writer has just finished.
    }
  }

  /** The lock; null while the file's writer holds it. */
  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      return null;
    }
  }
}
