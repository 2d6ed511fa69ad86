package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hub's description of a file.
 *
 * @param etag identifies the content: the SHA-256 of large files, git's SHA-1 of small ones; a
 *     mirror may send something else
 * @param size in bytes
 */
record RemoteFile(String etag, long size) {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern GIT_SHA_1 = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");

  /**
   * @param asked the request, in words for error messages
   * @throws HubException if the answer lacks the ETag or the size, or they are invalid
   */
  static RemoteFile of(String asked, @Nullable String etag, @Nullable String size) {
    if (etag == null || size == null) {
      throw new HubException(
          Reason.REFUSED,
          asked
              + ": the answer has no "
              + (etag == null ? "ETag" : "size")
              + ", so this is no hub, or something between here and the hub changes its answers. Check HF_ENDPOINT");
    }
    String plain = etag.replaceFirst("^W/", "").replace("\"", "");
    if (!PLAIN.matcher(plain).matches()) {
      throw new HubException(
          Reason.REFUSED, asked + ": the answer has an ETag that no hub sends. Check HF_ENDPOINT");
    }
    if (!size.matches("\\d{1,18}")) {
      throw new HubException(
          Reason.REFUSED, asked + ": the answer's size is no number of bytes. Check HF_ENDPOINT");
    }
    return new RemoteFile(plain, Long.parseLong(size));
  }

  /** Whether the ETag is a hash of the content, so that a download can be verified. */
  boolean hasHash() {
    return SHA_256.matcher(etag).matches() || GIT_SHA_1.matcher(etag).matches();
  }

  /**
   * Computes the hash that the ETag is, from the content. Git's SHA-1 of a file begins with the
   * word blob and the file's size.
   */
  MessageDigest digest() {
    try {
      if (!GIT_SHA_1.matcher(etag).matches()) {
        return MessageDigest.getInstance("SHA-256");
      }
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
      return digest;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1 and SHA-256", e);
    }
  }
}
