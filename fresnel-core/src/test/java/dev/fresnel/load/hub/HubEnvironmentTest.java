package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each environment variable does. scripts/hub-and-python compares with Python's client. */
class HubEnvironmentTest {
  @TempDir private Path home;

  private static Map<String, String> variables(String... namesAndValues) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      environment.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return environment;
  }

  private HubSettings settings(String... variables) {
    return HubSettings.of(variables(variables), home);
  }

  private HubNetwork network(String... variables) {
    return HubNetwork.of(variables(variables), home);
  }

  private static void refused(Runnable call, String... words) {
    assertThatThrownBy(call::run)
        .isInstanceOf(FresnelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  @Test
  void theCacheIsWhereTheEnvironmentSays() {
    assertThat(settings().cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(settings("XDG_CACHE_HOME", "/x").cache()).isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(settings("XDG_CACHE_HOME", "/x", "HF_HOME", "/h").cache())
        .isEqualTo(Path.of("/h/hub"));
    assertThat(settings("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old").cache())
        .isEqualTo(Path.of("/old"));
    assertThat(settings("HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "/c").cache())
        .isEqualTo(Path.of("/c"));
    assertThat(settings("HF_HOME", " ").cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
  }

  @Test
  void tildeAndVariablesInPathsAreExpandedOnceAndFromTheLeft() {
    assertThat(settings("HF_HOME", "~/hf").cache()).isEqualTo(home.resolve("hf/hub"));
    assertThat(settings("HF_HOME", "~").cache()).isEqualTo(home.resolve("hub"));
    assertThat(settings("HF_HUB_CACHE", "$DISK/${SUB}/m", "DISK", "/d", "SUB", "a b").cache())
        .isEqualTo(Path.of("/d/a b/m"));
    assertThat(settings("XDG_CACHE_HOME", "$DISK", "DISK", "/d").cache())
        .isEqualTo(Path.of("/d/huggingface/hub"));
    assertThat(settings("HUGGINGFACE_HUB_CACHE", "~/$A", "A", "$B", "B", "b").cache())
        .isEqualTo(home.resolve("$B"));
    assertThat(settings("HF_HUB_CACHE", "/x/$UNSET/${UNSET}/$").cache())
        .isEqualTo(Path.of("/x/$UNSET/${UNSET}/$"));
    assertThat(settings("HF_HUB_CACHE", "$T/x", "T", "~").cache()).isEqualTo(Path.of("~/x"));
    refused(() -> settings("HF_HOME", "~bob/x"), "HF_HOME is ~bob/x", "the whole path");
  }

  @Test
  void withoutAHomeOnlyWhatNeedsOneIsRefused() {
    Path none = Path.of("?");
    assertThat(HubSettings.of(variables("HF_HUB_CACHE", "/c"), none).cache())
        .isEqualTo(Path.of("/c"));
    assertThat(HubNetwork.of(Map.of(), none).token()).isNull();
    refused(() -> HubSettings.of(Map.of(), none), "no home folder", "Set HOME, or HF_HUB_CACHE");
    refused(() -> HubSettings.of(variables("HF_HOME", "~/x"), none), "HF_HOME is ~/x", "HOME");
  }

  @ParameterizedTest
  @CsvSource({
    "1, , HF_HUB_OFFLINE",
    "true, , HF_HUB_OFFLINE",
    "Yes, 0, HF_HUB_OFFLINE",
    ", on, TRANSFORMERS_OFFLINE",
    "'', 1, TRANSFORMERS_OFFLINE",
    "0, 1, ",
    "0, , ",
    "2, , ",
    ", , "
  })
  void eitherOfTwoVariablesKeepsOffTheNetworkAndIsNamed(String hub, String old, String by) {
    Map<String, String> environment = new HashMap<>();
    if (hub != null) {
      environment.put("HF_HUB_OFFLINE", hub);
    }
    if (old != null) {
      environment.put("TRANSFORMERS_OFFLINE", old);
    }
    assertThat(HubSettings.of(environment, home).offlineBy()).isEqualTo(by);
  }

  @Test
  void theTokenHasANewAndAnOldName() throws IOException {
    assertThat(network("HUGGING_FACE_HUB_TOKEN", "hf_old").token())
        .hasToString("the token in HUGGING_FACE_HUB_TOKEN");
    assertThat(network("HUGGING_FACE_HUB_TOKEN", "hf_old", "HF_TOKEN", "hf_new").token().secret())
        .isEqualTo("hf_new");
    Files.writeString(home.resolve("t"), "hf_file\n");
    assertThat(network("HF_TOKEN_PATH", "$D/t", "D", home.toString()).token().secret())
        .isEqualTo("hf_file");
    assertThat(network("HF_TOKEN", "hf_new", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").token())
        .isNull();
  }

  @Test
  void addressAndTimeoutsAreHonouredOrRefusedByName() {
    assertThat(network().endpoint()).hasToString("https://huggingface.co");
    assertThat(network("HF_ENDPOINT", "https://mirror.example/hf/").endpoint())
        .hasToString("https://mirror.example/hf");
    assertThat(network().dataTimeout()).hasSeconds(10);
    assertThat(network("HF_HUB_DOWNLOAD_TIMEOUT", "30").dataTimeout()).hasSeconds(30);
    assertThat(network("HF_HUB_ETAG_TIMEOUT", "3").metadataTimeout()).hasSeconds(3);
    assertThat(network("HF_HUB_ETAG_TIMEOUT", "0").metadataTimeout()).hasSeconds(10);
    for (String[] wrong :
        new String[][] {
          {"HF_ENDPOINT", "ftp://x"},
          {"HF_ENDPOINT", "not an address"},
          {"HF_ENDPOINT", "https://"},
          {"HF_HUB_ETAG_TIMEOUT", "soon"},
          {"HF_HUB_DOWNLOAD_TIMEOUT", "-1"}
        }) {
      refused(() -> network(wrong), wrong);
    }
  }

  @Test
  void withoutProgressBarsOnlyWhatIsDoneIsTold() {
    assertThat(settings("HF_HUB_DISABLE_PROGRESS_BARS", "1").withoutBars()).isTrue();
    assertThat(settings("HF_HUB_DISABLE_PROGRESS_BARS", "0").withoutBars()).isFalse();
    try (var hub = new HubFixture(home)) {
      hub.model().large("model.safetensors", HubFixture.bytes(300_000));
      hub.environment.put("HF_HUB_DISABLE_PROGRESS_BARS", "1");
      hub.server.data.next(answer -> answer.cutAfter(200_000));
      hub.snapshot().need("model.safetensors");
      assertThat(hub.told).singleElement().asString().startsWith("trying again in 1 s");
    }
  }

  private static String proxy(String uri, String... variables) {
    return new ProxyVariables(variables(variables))
        .of(URI.create(uri))
        .map(proxy -> proxy.variable() + " " + proxy.host() + " " + proxy.port())
        .orElse("none");
  }

  @Test
  void theProxyIsThatOfTheSchemeOrTheOneForAll() {
    String hub = "https://huggingface.co/x";
    assertThat(proxy(hub)).isEqualTo("none");
    assertThat(proxy(hub, "http_proxy", "http://p:1")).isEqualTo("none");
    assertThat(proxy(hub, "https_proxy", "http://p:1")).isEqualTo("https_proxy p 1");
    assertThat(proxy(hub, "HTTPS_PROXY", "http://p:1")).isEqualTo("HTTPS_PROXY p 1");
    assertThat(proxy(hub, "HTTPS_PROXY", "http://p:1", "https_proxy", "q:2"))
        .isEqualTo("https_proxy q 2");
    assertThat(proxy(hub, "HTTPS_PROXY", "http://p:1", "https_proxy", "")).isEqualTo("none");
    assertThat(proxy(hub, "all_proxy", "http://a")).isEqualTo("all_proxy a 80");
    assertThat(proxy(hub, "ALL_PROXY", "a:3128", "https_proxy", "p:1"))
        .isEqualTo("https_proxy p 1");
    assertThat(proxy("http://h/", "http_proxy", "http://[::1]:8080/"))
        .isEqualTo("http_proxy [::1] 8080");
  }

  @ParameterizedTest
  @CsvSource({
    "https://huggingface.co, huggingface.co, true",
    "https://huggingface.co, 'a.example, HuggingFace.co', true",
    "https://cdn.huggingface.co, huggingface.co, true",
    "https://cdn.huggingface.co, .huggingface.co, true",
    "https://nothuggingface.co, huggingface.co, false",
    "https://huggingface.co, cdn.huggingface.co, false",
    "https://huggingface.co, *, true",
    "http://hub.local:8080, hub.local:8080, true",
    "http://hub.local:8081, hub.local:8080, false",
    "http://hub.local:8080, hub.local, true",
    "http://10.1.2.3, 10.0.0.0/8, true",
    "http://11.1.2.3, 10.0.0.0/8, false",
    "http://192.168.0.9, '192.168.0.8/31,x', true",
    "http://192.168.0.10, 192.168.0.8/31, false",
    "http://10.1.2.3, 10.1.2.3, true",
    "http://10.1.2.3, 10.1.2.300/8, false",
    "http://10.1.2.3, 10.1.2.3/99, false",
    "http://[::1]:80, ::1, true",
    "https://huggingface.co, '', false"
  })
  void whatNoProxyNamesIsAskedDirectly(String uri, String noProxy, boolean direct) {
    String proxy = proxy(uri, "all_proxy", "http://p:1", "no_proxy", noProxy);
    assertThat(proxy.equals("none")).isEqualTo(direct);
    assertThat(proxy(uri, "all_proxy", "http://p:1", "NO_PROXY", noProxy)).isEqualTo(proxy);
  }

  @Test
  void userAndPasswordOfAProxyAreDecodedAndNeverShown() {
    HubProxy proxy = HubProxy.of("https_proxy", "http://us%40er:p%3Aa+ss%2F@h.example:3128/");
    assertThat(proxy.host()).isEqualTo("h.example");
    String sent = proxy.authorization().substring("Basic ".length());
    assertThat(new String(Base64.getDecoder().decode(sent), StandardCharsets.UTF_8))
        .isEqualTo("us@er:p:a+ss/");
    assertThat(proxy).hasToString("the proxy http://h.example:3128 (https_proxy)");
    assertThat(network("https_proxy", "http://u:secret@h:1").toString()).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"socks5://u:secret@h:1080", "socks4://h", "SOCKS5H://h:1", "https://h:3128"})
  void aProxyOfAnotherKindIsRefusedByName(String value) {
    String scheme = value.substring(0, value.indexOf(':')).toLowerCase(java.util.Locale.ROOT);
    assertThatThrownBy(() -> proxy("https://huggingface.co", "ALL_PROXY", value))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("ALL_PROXY names a proxy of the kind " + scheme + "://")
        .hasMessageContaining("http:// proxies are")
        .hasMessageNotContaining("secret");
    assertThat(proxy("https://huggingface.co", "ALL_PROXY", value, "no_proxy", "*"))
        .isEqualTo("none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://", "http://:3128", "h:99999", "h:0", "a b:1", "http://u:secret@", "::1"})
  void whatIsNoAddressOfAProxyIsRefused(String value) {
    assertThatThrownBy(() -> proxy("https://huggingface.co", "https_proxy", value))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("https_proxy")
        .hasMessageContaining("HOST:PORT")
        .hasMessageNotContaining("secret");
  }

  @Test
  void certificatesComeFromTheFirstVariableThatIsSet() {
    assertThat(network().roots()).isNull();
    assertThat(network("SSL_CERT_FILE", "", "CURL_CA_BUNDLE", "").roots()).isNull();
    assertThat(
            network("SSL_CERT_DIR", "/d", "CURL_CA_BUNDLE", "/c", "REQUESTS_CA_BUNDLE", "/r")
                .roots())
        .hasToString("the certificates of /r (REQUESTS_CA_BUNDLE)");
    assertThat(network("REQUESTS_CA_BUNDLE", "/r", "SSL_CERT_FILE", "/s").roots())
        .hasToString("the certificates of /s (SSL_CERT_FILE)");
  }

  @Test
  void certificatesThatCannotBeReadAreRefusedByName() throws IOException {
    Path file = Files.writeString(home.resolve("ca.pem"), "no certificate");
    String[] set = {"CURL_CA_BUNDLE", file.toString()};
    refused(() -> network(set).roots().context(), "CURL_CA_BUNDLE", file + " holds no certificate");
    Files.writeString(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refused(() -> network(set).roots().context(), "a certificate that cannot be read");
    Files.delete(file);
    refused(() -> network(set).roots().context(), file + " does not exist", "Correct or unset");
    Files.createDirectory(file);
    refused(() -> network(set).roots().context(), "holds no certificate");
  }

  @Test
  void variablesOfTheNetworkDisturbNobodyWhoNeedsNone() {
    try (var hub = new HubFixture(home)) {
      hub.model().small("config.json", "{}");
      hub.snapshot().need("config.json");
      hub.environment.putAll(
          variables(
              "HF_ENDPOINT", "nonsense",
              "HF_TOKEN", "two words",
              "HF_HUB_ETAG_TIMEOUT", "soon",
              "all_proxy", "socks5://h",
              "SSL_CERT_FILE", "/none"));
      assertThat(hub.snapshot().need("config.json")).hasContent("{}");
    }
  }
}
