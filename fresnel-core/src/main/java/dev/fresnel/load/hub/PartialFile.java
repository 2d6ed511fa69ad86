package dev.fresnel.load.hub;

import dev.fresnel.file.Bytes;
import dev.fresnel.file.InputFile;
import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A partly downloaded file: the bytes so far and their hash. */
final class PartialFile implements AutoCloseable {
  /** Bytes. */
  private static final int BUFFER = 1 << 20;

  private final Path path;
  private final RemoteFile remote;
  private FileChannel channel;
  private MessageDigest digest;
  private long length;

  private PartialFile(Path path, RemoteFile remote, FileChannel channel) {
    this.path = path;
    this.remote = remote;
    this.channel = channel;
    digest = remote.digest();
  }

  /** Resumes an earlier download if the result can be verified; otherwise starts anew. */
  static PartialFile open(Path path, RemoteFile remote) {
    try {
      boolean usable =
          remote.hasHash()
              && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
              && Files.size(path) <= remote.size();
      if (!usable) {
        Files.deleteIfExists(path);
      }
      var part = new PartialFile(path, remote, channel(path));
      try {
        part.digestWhatIsThere();
      } catch (IOException e) {
        part.channel.close();
        throw e;
      }
      return part;
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  /** A link in the file's place is not followed: what it leads to is not the hub's. */
  private static FileChannel channel(Path path) throws IOException {
    return FileChannel.open(
        path,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.CREATE,
        LinkOption.NOFOLLOW_LINKS);
  }

  private void digestWhatIsThere() throws IOException {
    var buffer = ByteBuffer.allocate(BUFFER);
    for (int count = channel.read(buffer, length);
        count > 0;
        count = channel.read(buffer, length)) {
      length += count;
      digest.update(buffer.flip());
      buffer.clear();
    }
  }

  long length() {
    return length;
  }

  boolean isWhole() {
    return length == remote.size();
  }

  /** The number of bytes still to come. */
  long missing() {
    return remote.size() - length;
  }

  /**
   * Discards the bytes so far and starts a new file. The old one is deleted, not emptied, since
   * another process may have it open.
   */
  void restart() {
    try {
      channel.close();
      Files.deleteIfExists(path);
      channel = channel(path);
      digest = remote.digest();
      length = 0;
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  /** Discards the bytes so far and closes the file. */
  void discard() {
    restart();
    close();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  void write(ByteBuffer bytes) {
    digest.update(bytes.duplicate());
    try {
      while (bytes.hasRemaining()) {
        length += channel.write(bytes, length);
      }
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  /** Whether the content matches its hash; true if the ETag is no hash. */
  boolean isGenuine() {
    return !remote.hasHash() || hex().equals(remote.etag());
  }

  private String hex() {
    try {
      return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Makes sure that the bytes are on the disk. */
  void flush() {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }

  private static HubException cannotWrite(Path path, IOException e) {
    return new HubException(
        Reason.DISK,
        path
            + " cannot be written: "
            + InputFile.reason(e)
            + ". "
            + free(path)
            + "What has arrived is kept: a later try goes on from there if it can verify the file",
        e);
  }

  private static String free(Path path) {
    try {
      Path folder = path.getParent();
      long free = Files.getFileStore(folder == null ? path : folder).getUsableSpace();
      return "The disk has " + Bytes.shown(free) + " free. ";
    } catch (IOException unknown) {
      return "";
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw cannotWrite(path, e);
    }
  }
}
