package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Environment variables mean the same here as in Python's client. Needs FRESNEL_PYTHON, a Python
 * with {@code huggingface_hub}; scripts/hub-and-python runs it.
 */
@EnabledIfEnvironmentVariable(named = "FRESNEL_PYTHON", matches = ".+")
class EnvironmentAndPythonTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Sets each environment in turn and prints what the client makes of it, one JSON a line. */
  private static final String CONSTANTS =
      """
      import importlib, json, os, sys
      from huggingface_hub import constants
      from huggingface_hub.utils import _auth
      before = dict(os.environ)
      for given in json.loads(sys.argv[1]):
          os.environ.clear()
          os.environ.update(before)
          os.environ.update(given)
          c = importlib.reload(constants)
          print(json.dumps([c.HF_HUB_CACHE, c.HF_TOKEN_PATH, c.HF_HUB_OFFLINE, c.HF_HUB_ETAG_TIMEOUT,
              c.HF_HUB_DOWNLOAD_TIMEOUT, c.HF_HUB_DISABLE_PROGRESS_BARS or False,
              _auth._get_token_from_environment(), c.ENDPOINT]))
      """;

  /** Prints the proxy of each address, by the HTTP library that this version of the client uses. */
  private static final String PROXIES =
      """
      import json, os, sys, huggingface_hub
      before = dict(os.environ)
      for given, url in json.loads(sys.argv[1]):
          os.environ.clear()
          os.environ.update(before)
          os.environ.update(given)
          if int(huggingface_hub.__version__.split(".")[0]) < 1:
              from requests.utils import select_proxy, get_environ_proxies
              print(json.dumps(select_proxy(url, get_environ_proxies(url))))
          else:
              from huggingface_hub.utils import _http
              http = getattr(_http, "httpx", None) or _http.httpx2
              pool = http.Client()._transport_for_url(http.URL(url))._pool
              at = getattr(pool, "_proxy_url", None)
              print(json.dumps(at and "http://%s:%d" % (at.host.decode(), at.port or 80)))
      """;

  @TempDir private Path home;

  private List<JsonNode> python(String program, Object argument) throws Exception {
    var builder =
        new ProcessBuilder(
            System.getenv("FRESNEL_PYTHON"), "-c", program, JSON.writeValueAsString(argument));
    clean(builder.environment());
    Process process = builder.redirectErrorStream(true).start();
    String said = DownloadMain.output(process);
    assertThat(process.exitValue()).as(said).isZero();
    var lines = new ArrayList<JsonNode>();
    for (String line : said.lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private void clean(Map<String, String> environment) {
    DownloadMain.clean(environment);
    environment.put("HOME", home.toString());
  }

  private static Map<String, String> variables(String... namesAndValues) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      environment.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return environment;
  }

  @Test
  void settingsAreThoseOfPython() throws Exception {
    var environments =
        List.of(
            variables(),
            variables("HF_HOME", "/h"),
            variables("HF_HOME", "~/h", "HF_HUB_CACHE", "$DISK/${SUB}/x", "DISK", "/d", "SUB", "s"),
            variables("XDG_CACHE_HOME", "$DISK/$NONE", "DISK", "/d"),
            variables("XDG_CACHE_HOME", "~"),
            variables("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "~/old"),
            variables("HF_HUB_CACHE", "/new", "HUGGINGFACE_HUB_CACHE", "/old"),
            variables("HF_HUB_CACHE", "$A/x", "A", "$B", "B", "b"),
            variables("HF_HUB_CACHE", "/x/$$/${", "HF_TOKEN_PATH", "~/$A", "A", "a"),
            variables("HF_HUB_OFFLINE", "1"),
            variables("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", "1"),
            variables("HF_HUB_OFFLINE", "", "TRANSFORMERS_OFFLINE", "yes"),
            variables("HF_HUB_OFFLINE", "on"),
            variables("HF_HUB_OFFLINE", "2"),
            variables("HF_HUB_ETAG_TIMEOUT", "3", "HF_HUB_DOWNLOAD_TIMEOUT", "44"),
            variables("HF_HUB_ETAG_TIMEOUT", "0", "HF_HUB_DISABLE_PROGRESS_BARS", "1"),
            variables("HF_HUB_DISABLE_PROGRESS_BARS", "no"),
            variables("HUGGING_FACE_HUB_TOKEN", "hf_old"),
            variables("HUGGING_FACE_HUB_TOKEN", "hf_old", "HF_TOKEN", " hf_new\n"),
            variables("HUGGING_FACE_HUB_TOKEN", "hf_old", "HF_TOKEN", ""),
            variables("HF_ENDPOINT", "https://mirror.example/hf/"));
    List<JsonNode> theirs = python(CONSTANTS, environments);
    assertThat(theirs).hasSameSizeAs(environments);
    for (int i = 0; i < environments.size(); i++) {
      Map<String, String> environment = environments.get(i);
      HubSettings settings = HubSettings.of(environment, home);
      HubNetwork network = HubNetwork.of(environment, home);
      JsonNode python = theirs.get(i);
      assertThat(
              List.of(
                  settings.cache().toString(),
                  String.valueOf(HubSettings.tokenFile(environment, home)),
                  String.valueOf(settings.offline()),
                  String.valueOf(network.metadataTimeout().toSeconds()),
                  String.valueOf(network.dataTimeout().toSeconds()),
                  String.valueOf(settings.withoutBars()),
                  network.token() == null ? "null" : network.token().secret(),
                  network.endpoint().toString()))
          .as("%s", environment)
          .containsExactlyElementsOf(texts(python));
    }
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  @Test
  void proxiesAreThoseOfPython() throws Exception {
    String hub = "https://huggingface.co/x";
    var cases = new ArrayList<List<Object>>();
    for (var environment :
        List.of(
            variables(),
            variables("http_proxy", "http://p:1"),
            variables("https_proxy", "http://p:1"),
            variables("HTTPS_PROXY", "http://p:1"),
            variables("HTTPS_PROXY", "http://p:1", "https_proxy", "http://q:2"),
            variables("HTTPS_PROXY", "http://p:1", "https_proxy", ""),
            variables("ALL_PROXY", "http://a:3"),
            variables("all_proxy", "http://a:3", "https_proxy", "http://p:1"))) {
      cases.add(List.of(environment, hub));
      cases.add(List.of(environment, "http://hub.local:8080/x"));
    }
    for (String[] exempt :
        new String[][] {
          {hub, "huggingface.co"},
          {hub, "a.example, HuggingFace.co"},
          {hub, "cdn.huggingface.co"},
          {hub, "face.co"},
          {hub, "*"},
          {"https://cdn.huggingface.co/x", "huggingface.co"},
          {"https://cdn.huggingface.co/x", ".huggingface.co"},
          {"http://10.1.2.3/x", "10.1.2.3"},
          {"http://10.1.2.3/x", "10.1.2.4"},
          {"http://hub.local:8080/x", "hub.local:8080"},
          {"http://hub.local:8080/x", "hub.local:8081"}
        }) {
      cases.add(List.of(variables("all_proxy", "http://a:3", "no_proxy", exempt[1]), exempt[0]));
    }
    List<JsonNode> theirs = python(PROXIES, cases);
    assertThat(theirs).hasSameSizeAs(cases);
    for (int i = 0; i < cases.size(); i++) {
      @SuppressWarnings("unchecked")
      var environment = (Map<String, String>) cases.get(i).get(0);
      String ours =
          new ProxyVariables(environment)
              .of(URI.create((String) cases.get(i).get(1)))
              .map(proxy -> "http://" + proxy.host() + ":" + proxy.port())
              .orElse("null");
      assertThat(ours).as("%s", cases.get(i)).isEqualTo(theirs.get(i).asText());
    }
  }

  @Test
  void bothDownloadThroughTheSameProxyWithTheSameCertificates() throws Exception {
    String basic =
        "Basic " + Base64.getEncoder().encodeToString("me:a@b".getBytes(StandardCharsets.UTF_8));
    var certificate = TestCertificate.of("good");
    try (var proxy = new TestProxy().wants(basic);
        var hub = new HubFixture(home, new FakeHub(certificate.sockets()))) {
      hub.model().small("config.json", "{}").large("model.safetensors", HubFixture.bytes(100_000));
      hub.environment.put("https_proxy", "http://me:a%40b@" + proxy.address());
      for (String name : List.of("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")) {
        hub.environment.put(name, certificate.pemIn(home).toString());
      }
      var builder =
          new ProcessBuilder(
              System.getenv("FRESNEL_PYTHON"),
              "-c",
              "from huggingface_hub import hf_hub_download as h\n"
                  + "print(h('org/model', 'config.json'))\nprint(h('org/model', 'model.safetensors'))");
      clean(builder.environment());
      builder.environment().putAll(hub.environment);
      builder.environment().put("HF_HUB_CACHE", home.resolve("theirs").toString());
      Process process = builder.redirectErrorStream(true).start();
      String said = DownloadMain.output(process);
      assertThat(process.exitValue()).as(said).isZero();
      int asked = proxy.asked().size();
      assertThat(asked).isPositive();
      hub.environment.put("HF_HUB_CACHE", home.resolve("ours").toString());
      Process java =
          DownloadMain.process(hub.environment, "config.json", "model.safetensors").start();
      assertThat(DownloadMain.output(java)).contains("model.safetensors");
      assertThat(proxy.asked().size()).isGreaterThan(asked);
      for (String file : List.of("config.json", "model.safetensors")) {
        String place = "models--org--model/snapshots/" + hub.model().commit() + "/" + file;
        assertThat(home.resolve("ours").resolve(place))
            .hasBinaryContent(Files.readAllBytes(home.resolve("theirs").resolve(place)));
      }
    }
  }
}
