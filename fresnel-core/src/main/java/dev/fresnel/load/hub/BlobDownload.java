package dev.fresnel.load.hub;

import dev.fresnel.file.Bytes;
import dev.fresnel.file.InputFile;
import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;

/**
 * Downloads one file to its place in the cache. Until it is complete it has a temporary name beside
 * that place. Whatever interrupts a download, a later one ends with the right bytes.
 *
 * <p>A partial download is resumed only if the result can be verified by its hash, and only under a
 * lock. Without a lock, the download uses a unique name and starts from the beginning.
 */
final class BlobDownload {
  private static final String ENDING = ".fresnel.incomplete";

  /**
   * Bytes. Only a try that brings the file so much further resets the count of failures, so a
   * server that ends each connection after a few bytes is given up. At the lowest rate these take a
   * minute.
   */
  private static final long LEAST_PROGRESS = 64 << 10;

  /** Bytes between two calls of the listener. */
  private static final long REPORT_BYTES = 1 << 20;

  private final HubHttp http;
  private final HubListener listener;
  private final HubId id;
  private final String file;
  private final RemoteFile remote;

  /**
   * @param id the repository at a commit, so that all attempts fetch the same bytes
   */
  BlobDownload(HubHttp http, HubListener listener, HubId id, String file, RemoteFile remote) {
    this.http = http;
    this.listener = listener;
    this.id = id;
    this.file = file;
    this.remote = remote;
  }

  /**
   * Downloads the file. Does nothing if it exists, or if another process downloads it while this
   * one waits.
   */
  void to(Path blob, Path lockFile) {
    try (var lock = DownloadLock.acquire(lockFile, this::reportWaiting)) {
      if (isThere(blob)) {
        return;
      }
      String name = blob.getFileName() + (lock.isHeld() ? "" : "." + UUID.randomUUID()) + ENDING;
      Path partial = blob.resolveSibling(name);
      try {
        Files.createDirectories(blob.toAbsolutePath().getParent());
        fetch(partial);
        Files.move(
            partial, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        flushFolder(blob.toAbsolutePath().getParent());
      } finally {
        if (!lock.isHeld()) {
          Files.deleteIfExists(partial);
        }
      }
    } catch (IOException e) {
      throw new HubException(Reason.DISK, blob + " cannot be written: " + InputFile.reason(e), e);
    }
  }

  private boolean isThere(Path blob) throws IOException {
    return Files.isRegularFile(blob) && Files.size(blob) == remote.size();
  }

  private void reportWaiting() {
    listener.at("waiting for another process that downloads " + file, 0, 0);
  }

  private void fetch(Path partial) {
    try (var part = PartialFile.open(partial, remote)) {
      requireSpace(partial, part.missing());
      fill(part);
      if (!part.isGenuine()) {
        part.restart();
        fill(part);
      }
      if (!part.isGenuine()) {
        part.discard();
        throw new HubException(
            Reason.DAMAGED,
            file
                + " of "
                + id
                + " arrived twice with a hash that is not the promised "
                + remote.etag()
                + ", and was thrown away. Something between here and the hub changes it, or the hub"
                + " is damaged");
      }
      part.flush();
    }
  }

  private void requireSpace(Path partial, long needed) {
    try {
      long free = Files.getFileStore(partial).getUsableSpace();
      if (free < needed) {
        throw new HubException(
            Reason.DISK,
            file
                + " of "
                + id
                + " needs "
                + Bytes.shown(needed)
                + ", but the disk of "
                + partial.getParent()
                + " has "
                + Bytes.shown(free)
                + " free. Make room, or set HF_HUB_CACHE to a folder elsewhere");
      }
    } catch (IOException unknown) {
      // a failing write will report it
    }
  }

  private void fill(PartialFile part) {
    Retries retries = http.retries(file + " of " + id);
    long furthest = part.length();
    report(part);
    while (!part.isWhole()) {
      try {
        receive(part);
      } catch (IOException e) {
        if (part.length() - furthest >= LEAST_PROGRESS) {
          retries.progressed();
          furthest = part.length();
        }
        retries.failed(e);
      }
    }
    report(part);
  }

  /** Writes the bytes of one response. */
  private void receive(PartialFile part) throws IOException {
    try (var data = http.open(id, file, part.length())) {
      if (data.start() < 0) {
        part.restart();
        throw new IOException("the server does not send the bytes that were asked for");
      }
      if (data.start() != part.length()) {
        part.restart();
      }
      if (data.start() != part.length()) {
        throw new IOException("the server sends other bytes than those that were asked for");
      }
      copy(data, part);
    }
    if (!part.isWhole()) {
      throw new IOException(
          "the connection ended after " + part.length() + " of " + remote.size() + " bytes");
    }
  }

  private void copy(HubHttp.Data data, PartialFile part) throws IOException {
    TimedBody body = data.body();
    long reported = part.length();
    for (List<ByteBuffer> piece = body.next(); !piece.isEmpty(); piece = body.next()) {
      long before = part.length();
      for (ByteBuffer bytes : piece) {
        if (bytes.remaining() > part.missing()) {
          part.restart();
          throw new IOException(
              "the server sends more than the promised " + remote.size() + " bytes");
        }
        part.write(bytes);
      }
      data.pace().arrived(part.length() - before);
      if (part.length() - reported >= REPORT_BYTES) {
        report(part);
        reported = part.length();
      }
    }
  }

  private void report(PartialFile part) {
    listener.at("downloading " + file, part.length(), remote.size());
  }

  /** Makes a new name survive a power failure, on systems that can open folders. */
  static void flushFolder(Path folder) {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException notOnThisSystem) {
      // the file itself is on the disk; some systems cannot open folders
    }
  }
}
