package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two trainings out of one folder. The lock ends with its process, however that ends; the
 * empty file that it is on stays. Where the file system has no locks, only this process is kept
 * from training there twice.
 */
final class FolderLock implements AutoCloseable {
  /**
   * The folders that this process trains in. It must not open the file of one of these again: on
   * Linux closing any handle of a file ends all the process's locks on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * @param folder an existing one
   * @throws FresnelException if another training is in the folder
   */
  static FolderLock of(Path folder) throws IOException {
    Path real = folder.toRealPath();
    if (!HELD.add(real)) {
      throw isInUse(folder);
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              real.resolve("training.lock"), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      if (isHeldElsewhere(channel)) {
        throw isInUse(folder);
      }
      return new FolderLock(real, channel);
    } catch (Throwable e) {
      close(real, channel);
      throw e;
    }
  }

  private static boolean isHeldElsewhere(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock == null;
    } catch (IOException noLocksHere) {
      return false;
    }
  }

  private static FresnelException isInUse(Path folder) {
    return new FresnelException(
        "another training is writing into "
            + folder
            + "; wait until it ends, stop it, or give another folder");
  }

  @Override
  public void close() {
    close(folder, channel);
  }

  private static void close(Path folder, @Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The lock ends with the process at the latest.
    } finally {
      HELD.remove(folder);
    }
  }
}
