package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two of us from downloading the same file twice. Where the file system knows no locks, none
 * is held: the result is right all the same, since then no two write to one file.
 */
final class DownloadLock implements AutoCloseable {
  private static final long LOOK_AGAIN_MS = 50;

  private final @Nullable FileChannel channel;
  private final boolean held;

  private DownloadLock(@Nullable FileChannel channel, boolean held) {
    this.channel = channel;
    this.held = held;
  }

  /**
   * Waits until no other process or thread has it.
   *
   * @param waiting told each time that another has it
   */
  static DownloadLock acquire(Path file, Runnable waiting) {
    FileChannel channel = null;
    try {
      Path folder = file.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      while (tryLock(channel) == null) {
        waiting.run();
        Thread.sleep(LOOK_AGAIN_MS);
      }
      return new DownloadLock(channel, true);
    } catch (IOException noLocksHere) {
      return new DownloadLock(channel, false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException(
          Reason.UNREACHABLE, "interrupted while waiting for another download", e);
    }
  }

  /** Null while another process, or another thread of this one, has it. */
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
      // the lock goes with the process at the latest
    }
  }
}
