package dev.fresnel.load.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A key pair of a test's server and its certificate. They are in {@code tls/servers.p12}, which
 * {@code tls/make} beside it made.
 */
record TestCertificate(Key key, Certificate[] chain) {
  private static final char[] PASSWORD = "password".toCharArray();

  /** One of {@code good, other, elsewhere, authority, expired}. */
  static TestCertificate of(String name) {
    try (InputStream file = TestCertificate.class.getResourceAsStream("/tls/servers.p12")) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(file, PASSWORD);
      return new TestCertificate(store.getKey(name, PASSWORD), store.getCertificateChain(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The certificate in PEM form. */
  String pem() {
    try {
      String body =
          Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(chain[0].getEncoded());
      return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file with the certificate. */
  Path pemIn(Path folder) throws IOException {
    return Files.writeString(
        Files.createTempFile(folder, "root", ".pem"), pem(), StandardCharsets.US_ASCII);
  }

  /** Makes servers that show this certificate. */
  ServerSocketFactory sockets() {
    try {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry("server", key, PASSWORD, chain);
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(keys, PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(factory.getKeyManagers(), null, null);
      return context.getServerSocketFactory();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
