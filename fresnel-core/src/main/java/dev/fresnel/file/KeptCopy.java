package dev.fresnel.file;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A copy of a resource in a private folder, kept for later processes. It is used if it has the
 * SHA-256 of the resource. That is computed once: beside the copy stands a seal with the number,
 * size and time of change that the system gives the file, and any write changes that time. While
 * the seal holds, nothing is read.
 */
public final class KeptCopy {
  /** Bytes that are read at once. */
  private static final int PIECE = 1 << 16;

  private KeptCopy() {}

  /**
   * The copy, made anew unless it is there and whole.
   *
   * @param folder a private folder
   */
  public static Path of(URL resource, Path folder, String name) throws IOException {
    Path copy = folder.resolve(name);
    Path seal = folder.resolve(name + ".seal");
    URLConnection connection = resource.openConnection();
    connection.setUseCaches(false);
    String content = content(connection);
    try (InputStream in = connection.getInputStream()) {
      if (Files.isRegularFile(copy, LinkOption.NOFOLLOW_LINKS)) {
        if (!content.isEmpty() && seal(copy, content).equals(read(seal))) {
          return copy;
        }
        if (MessageDigest.isEqual(sha256(copy), sha256(resource))) {
          write(seal, seal(copy, content));
          return copy;
        }
      }
      WholeFile.write(copy, folder, channel -> in.transferTo(Channels.newOutputStream(channel)));
    }
    write(seal, seal(copy, content));
    return copy;
  }

  /** What the jar's directory says of the resource; empty outside a jar. */
  private static String content(URLConnection connection) throws IOException {
    return connection instanceof JarURLConnection jar && jar.getJarEntry() != null
        ? jar.getJarEntry().getSize() + " " + jar.getJarEntry().getCrc()
        : "";
  }

  /** What changes whenever the file is written or replaced; empty where the system does not say. */
  private static String seal(Path copy, String content) throws IOException {
    if (!copy.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return "";
    }
    var attributes =
        Files.readAttributes(copy, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    Object changed = Files.getAttribute(copy, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
    return attributes.fileKey() + " " + attributes.size() + " " + changed + " of " + content;
  }

  private static String read(Path seal) throws IOException {
    return Files.isRegularFile(seal, LinkOption.NOFOLLOW_LINKS) ? Files.readString(seal) : "none";
  }

  private static void write(Path seal, String text) throws IOException {
    if (!text.isEmpty()) {
      WholeFile.write(seal, seal.getParent(), WholeFile.Content.of(text.getBytes()));
    }
  }

  private static byte[] sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return sha256(in);
    }
  }

  private static byte[] sha256(URL resource) throws IOException {
    URLConnection connection = resource.openConnection();
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      return sha256(in);
    }
  }

  private static byte[] sha256(InputStream in) throws IOException {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var piece = new byte[PIECE];
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        digest.update(piece, 0, count);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
