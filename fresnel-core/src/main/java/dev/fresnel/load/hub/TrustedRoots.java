package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Certificates to trust in place of Java's own, in PEM form: one file, or a folder with files named
 * as OpenSSL's {@code rehash} does it ({@code 5ed36f99.0}).
 *
 * @param variable the environment variable that names them
 */
record TrustedRoots(String variable, Path path) {
  /** The newest Python client reads the first, older ones and curl the next two. */
  private static final List<String> VARIABLES =
      List.of("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR");

  /** Bytes; the bundle that browsers use has 0.3 MB. */
  private static final long LARGEST_FILE = 16 << 20;

  private static final Pattern CERTIFICATE =
      Pattern.compile(
          "-----BEGIN (?:X509 )?CERTIFICATE-----([A-Za-z0-9+/=\\s]*)-----END (?:X509"
              + " )?CERTIFICATE-----");
  private static final Pattern HASHED = Pattern.compile("[0-9a-f]{8}\\.\\d{1,4}");

  /** The first of the variables that is not empty; null if none is set. */
  static @Nullable TrustedRoots find(Map<String, String> environment) {
    for (String name : VARIABLES) {
      String value = environment.getOrDefault(name, "");
      if (!value.isBlank()) {
        try {
          return new TrustedRoots(name, Path.of(value));
        } catch (InvalidPathException e) {
          throw new FresnelException(
              name + " is " + value + ", which cannot be a path on this system", e);
        }
      }
    }
    return null;
  }

  /**
   * Connections that trust these certificates alone.
   *
   * @throws FresnelException if there are none, or one cannot be read
   */
  SSLContext context() {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var factory = CertificateFactory.getInstance("X.509");
      int count = 0;
      for (Path file : files()) {
        Matcher pem = CERTIFICATE.matcher(text(file));
        while (pem.find()) {
          count++;
          byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
          store.setCertificateEntry(
              "root" + count, factory.generateCertificate(new ByteArrayInputStream(der)));
        }
      }
      if (count == 0) {
        throw wrong("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", null);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (CertificateException | IllegalArgumentException e) {
      throw wrong("holds a certificate that cannot be read (" + e.getMessage() + ")", e);
    } catch (IOException e) {
      throw wrong("cannot be read (" + InputFile.reason(e) + ")", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has these", e);
    }
  }

  private List<Path> files() throws IOException {
    if (!Files.exists(path)) {
      throw wrong("does not exist", null);
    }
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    var files = new ArrayList<Path>();
    try (Stream<Path> all = Files.list(path)) {
      all.filter(file -> HASHED.matcher(file.getFileName().toString()).matches())
          .sorted()
          .forEach(files::add);
    }
    return files;
  }

  private String text(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > LARGEST_FILE) {
      throw wrong("is no file of at most 16 MB", null);
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private FresnelException wrong(String what, @Nullable Exception cause) {
    String message =
        variable
            + " names the certificates to trust in place of Java's own, but "
            + path
            + " "
            + what
            + ". Correct or unset "
            + variable;
    return cause == null ? new FresnelException(message) : new FresnelException(message, cause);
  }

  @Override
  public String toString() {
    return "the certificates of " + path + " (" + variable + ")";
  }
}
