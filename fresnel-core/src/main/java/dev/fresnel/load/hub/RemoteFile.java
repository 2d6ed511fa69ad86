package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hub's description of a file.
 *
 * @param etag identifies the content: a SHA-256 for large files, another hash for small ones
 * @param size in bytes
 */
record RemoteFile(String etag, long size) {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
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
      throw new HubException(Reason.REFUSED, asked + ": the answer has an ETag that no hub sends");
    }
    if (!size.matches("\\d{1,18}")) {
      throw new HubException(Reason.REFUSED, asked + ": the answer's size is no number of bytes");
    }
    return new RemoteFile(plain, Long.parseLong(size));
  }

  /** Whether the ETag is the SHA-256 of the content, so that a download can be verified. */
  boolean hasSha256() {
    return SHA_256.matcher(etag).matches();
  }
}
