package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which certificates are trusted; one that is not is said at once. */
class HubTlsTest {
  private static final TestCertificate GOOD = TestCertificate.of("good");

  @TempDir private Path home;

  private HubFixture hub(TestCertificate certificate) {
    var hub = new HubFixture(home, new FakeHub(certificate.sockets()));
    hub.model().small("config.json", "{}").large("model.safetensors", HubFixture.bytes(1000));
    return hub;
  }

  private String file(String name) throws IOException {
    return TestCertificate.of(name).pemIn(home).toString();
  }

  private static void refused(HubFixture hub, String... words) {
    assertThatThrownBy(() -> hub.snapshot().need("config.json"))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
        .satisfies(e -> assertThat(e.getMessage()).contains(words).contains(hub.server.address()));
    assertThat(hub.pauses).isEmpty();
    assertThat(hub.server.endpoint.requests()).isEmpty();
  }

  @Test
  void aCertificateOfOnesOwnIsTrustedWhereTheEnvironmentNamesIt() throws IOException {
    for (String variable : new String[] {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
      try (var hub = hub(GOOD)) {
        hub.environment.put("HF_HUB_CACHE", home.resolve(variable).toString());
        hub.environment.put(variable, file("good"));
        assertThat(hub.snapshot().need("model.safetensors")).exists();
      }
    }
  }

  @Test
  void theFileMayHoldSeveralAndTextBetweenThem() throws IOException {
    Path bundle = home.resolve("bundle.pem");
    Files.writeString(
        bundle,
        "# a -- comment\r\n"
            + TestCertificate.of("other").pem().replace("\n", "\r\n")
            + "\nSubject: the second\n"
            + GOOD.pem());
    Path hashed = Files.createDirectory(home.resolve("certs"));
    Files.writeString(hashed.resolve("5ed36f99.0"), GOOD.pem());
    for (Path roots : new Path[] {bundle, hashed}) {
      try (var hub = hub(GOOD)) {
        hub.environment.put("HF_HUB_CACHE", home.resolve("of-" + roots.getFileName()).toString());
        hub.environment.put("SSL_CERT_FILE", roots.toString());
        assertThat(hub.snapshot().need("config.json")).hasContent("{}");
      }
    }
  }

  @Test
  void aCertificateThatNobodyTrustsIsSaidAtOnceWithWhatToDo() throws IOException {
    try (var hub = hub(GOOD)) {
      refused(
          hub,
          "the certificate of",
          "is not trusted: no trusted certificate has signed it",
          "Java's own certificates",
          "set SSL_CERT_FILE");
      String other = file("other");
      hub.environment.put("SSL_CERT_FILE", other);
      refused(hub, "is not trusted", "the certificates of " + other + " (SSL_CERT_FILE) alone");
    }
  }

  @Test
  void aCertificateForAnotherHostOrAnotherTimeIsSaidAtOnce() throws IOException {
    try (var hub = hub(TestCertificate.of("elsewhere"))) {
      hub.environment.put("SSL_CERT_FILE", file("elsewhere"));
      refused(hub, "is not trusted", "No subject alternative names matching IP address 127.0.0.1");
    }
    try (var hub = hub(TestCertificate.of("expired"))) {
      hub.environment.put("SSL_CERT_FILE", file("authority"));
      refused(hub, "is not trusted: it has expired");
    }
  }

  @Test
  void theDataHostsCertificateCountsToo() throws IOException {
    try (var hub = hub(GOOD);
        var other = new RawServer(r -> null, TestCertificate.of("other").sockets())) {
      hub.environment.put("SSL_CERT_FILE", file("good"));
      hub.server.endpoint.next(
          listing -> listing,
          head -> head,
          get -> RawServer.Answer.of(302, "Location", other.address() + "/x"));
      assertThatThrownBy(() -> hub.snapshot().need("model.safetensors"))
          .hasMessageContaining("the certificate of " + other.address() + " is not trusted");
      assertThat(hub.pauses).isEmpty();
    }
  }

  @Test
  void aServerWithoutTlsIsSaidAtOnce() throws IOException {
    try (var hub = new HubFixture(home);
        var plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var thread = new Thread(() -> answerInPlainText(plain));
      thread.setDaemon(true);
      thread.start();
      hub.environment.put("HF_ENDPOINT", "https://127.0.0.1:" + plain.getLocalPort());
      assertThatThrownBy(() -> hub.snapshot().need("config.json"))
          .isInstanceOf(HubException.class)
          .hasMessageContaining("no secure connection can be made")
          .hasMessageContaining("https");
      assertThat(hub.pauses).isEmpty();
    }
  }

  private static void answerInPlainText(ServerSocket socket) {
    try {
      while (true) {
        OutputStream out = socket.accept().getOutputStream();
        out.write(HubFixture.text("HTTP/1.1 400 Bad Request\r\n\r\n"));
        out.flush();
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  @Test
  void aConnectionThatBreaksInTheHandshakeIsMadeAnew() throws IOException {
    try (var hub = hub(GOOD)) {
      hub.environment.put("SSL_CERT_FILE", file("good"));
      hub.server.endpoint.dropNext();
      hub.server.endpoint.dropNext();
      assertThat(hub.snapshot().need("config.json")).hasContent("{}");
    }
  }
}
