package dev.fresnel.viz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Binary data as a page stores it.
 *
 * @param base64 the bytes, compressed by gzip, in base64
 */
record DataBlock(String base64) {
  static DataBlock of(byte[] bytes) {
    var packed = new ByteArrayOutputStream(bytes.length / 2 + 64);
    try (var gzip = new BestGzip(packed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new DataBlock(Base64.getEncoder().encodeToString(packed.toByteArray()));
  }

  /** The number of characters on the page. */
  long length() {
    return base64.length();
  }

  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(ByteArrayOutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
