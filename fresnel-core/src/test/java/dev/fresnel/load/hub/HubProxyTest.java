package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.load.hub.HubException.Reason;
import dev.fresnel.testkit.RefusingPort;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests through a proxy, and what a proxy's failures are called. */
class HubProxyTest {
  private static final byte[] WEIGHTS = HubFixture.bytes(100_000);

  @TempDir private Path home;
  private final TestProxy proxy = new TestProxy();
  private HubFixture hub;

  @BeforeEach
  void aModelBehindAProxy() {
    hub = new HubFixture(home);
    hub.model().small("config.json", "{}").large("model.safetensors", WEIGHTS);
    hub.environment.put("http_proxy", "http://" + proxy.address());
  }

  @AfterEach
  void close() {
    hub.close();
    proxy.close();
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static void fails(ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("secret"));
  }

  @Test
  void allRequestsGoThroughTheProxy() {
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(proxy.asked())
        .hasSize(4)
        .startsWith("GET " + hub.server.address() + "/api/models/org/model/revision/main")
        .last()
        .asString()
        .startsWith("GET " + hub.server.data.address() + "/objects/");
  }

  @Test
  void whatIsExemptDoesNot() {
    hub.environment.put("no_proxy", "localhost,127.0.0.1");
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(proxy.asked()).isEmpty();
  }

  @Test
  void userAndPasswordAreSent() {
    proxy.wants(basic("me@work:secret:1"));
    hub.environment.put("http_proxy", "http://me%40work:secret%3a1@" + proxy.address());
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aProxyThatWantsAPasswordIsNamedAtOnce() {
    proxy.wants(basic("me:secret"));
    fails(
        () -> hub.snapshot().need("config.json"),
        "the proxy http://" + proxy.address() + " (http_proxy) asks for user and password",
        "http://USER:PASSWORD@HOST:PORT");
    hub.environment.put("http_proxy", "http://me:secret2@" + proxy.address());
    fails(() -> hub.snapshot().need("config.json"), "(http_proxy) does not accept the user");
    assertThat(hub.pauses).isEmpty();
    assertThat(hub.server.endpoint.requests()).isEmpty();
  }

  @Test
  void aProxyThatIsDownIsNotCalledTheHub() {
    try (var port = new RefusingPort()) {
      String down = "http://" + port.address();
      hub.environment.put("http_proxy", down);
      fails(
          () -> hub.snapshot().need("config.json"),
          "no connection to the proxy " + down + " (http_proxy) could be made");
    }
    hub.environment.put("http_proxy", "http://no-such-host.invalid:3128");
    fails(
        () -> hub.snapshot().need("config.json"),
        "the proxy http://no-such-host.invalid:3128 (http_proxy)",
        "its name has no address");
  }

  @Test
  void anAnswerThatMayBeTheProxysNamesBoth() {
    proxy.answers(503);
    fails(
        () -> hub.snapshot().need("config.json"),
        "127.0.0.1 through the proxy http://" + proxy.address() + " (http_proxy) answers 503");
  }

  /**
   * A process of its own: Java reads once a process whether a password may go to a proxy that opens
   * a tunnel.
   */
  @Test
  void aTunnelIsOpenedWithUserAndPasswordAndTheHubNeverSeesThem() throws Exception {
    var certificate = TestCertificate.of("good");
    proxy.wants(basic("me:secret"));
    try (var secure = new HubFixture(home, new FakeHub(certificate.sockets()))) {
      secure.model().small("config.json", "{}").large("model.safetensors", WEIGHTS);
      secure.environment.put("HTTPS_PROXY", "http://me:secret@" + proxy.address());
      secure.environment.put("CURL_CA_BUNDLE", certificate.pemIn(home).toString());
      secure.environment.put("HF_HUB_CACHE", home.resolve("cache").toString());
      String said =
          DownloadMain.output(
              DownloadMain.process(secure.environment, "config.json", "model.safetensors").start());
      assertThat(said).isEqualToIgnoringNewLines("readyconfig.jsonmodel.safetensors");
      String address = secure.server.address().replace("https://", "");
      assertThat(proxy.asked())
          .contains("CONNECT " + address)
          .allMatch(s -> s.startsWith("CONNECT"));
      assertThat(secure.server.endpoint.requests())
          .isNotEmpty()
          .allSatisfy(r -> assertThat(r.header("Proxy-Authorization")).isEmpty());
      assertThat(secure.server.data.requests())
          .isNotEmpty()
          .allSatisfy(r -> assertThat(r.header("Proxy-Authorization")).isEmpty());
    }
  }

  @Test
  void aProxyThatOpensNoTunnelIsNamed() {
    hub.environment.put("HF_ENDPOINT", "https://hub.invalid");
    hub.environment.put("all_proxy", proxy.address());
    proxy.answers(403);
    fails(
        () -> hub.snapshot().need("config.json"),
        "(all_proxy) answers 403 to a request for https://hub.invalid");
    assertThat(hub.pauses).isEmpty();
    proxy.answers(502);
    fails(() -> hub.snapshot().need("config.json"), "(all_proxy) answers 502", "5 tries failed");
    proxy.answers(407);
    fails(() -> hub.snapshot().need("config.json"), "(all_proxy) asks for user and password");
  }
}
