package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A lock that keeps two processes or threads from downloading the same file. If the file system has
 * no locks, none is held; downloads are still right, since each then writes to its own file.
 */
final class DownloadLock implements AutoCloseable {
  /** Milliseconds between two attempts. */
  private static final long RETRY_MILLIS = 50;

  private final @Nullable FileChannel channel;
  private final boolean held;

  private DownloadLock(@Nullable FileChannel channel, boolean held) {
    this.channel = channel;
    this.held = held;
  }

  /**
   * Waits until no other process or thread holds the lock.
   *
   * @param waiting called before each wait, while another holds the lock
   */
  static DownloadLock acquire(Path file, Runnable waiting) {
    FileChannel channel = null;
    try {
      Path folder = file.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      boolean other =
          Files.exists(file, LinkOption.NOFOLLOW_LINKS)
              && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
      if (other) {
        return new DownloadLock(null, false); // a link, or a pipe, which would never open
      }
      channel =
          FileChannel.open(
              file, StandardOpenOption.WRITE, StandardOpenOption.CREATE, LinkOption.NOFOLLOW_LINKS);
      while (tryLock(channel) == null) {
        waiting.run();
        Thread.sleep(RETRY_MILLIS);
      }
      return new DownloadLock(channel, true);
    } catch (IOException noLocksHere) {
      return new DownloadLock(channel, false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException(
          Reason.INTERRUPTED, "interrupted while waiting for another download", e);
    }
  }

  /** The lock; null while another process or thread holds it. */
  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      return null;
    }
  }

  boolean isHeld() {
    return held;
  }

  @Override
  public void close() {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      // the lock ends with the process at the latest
    }
  }
}
