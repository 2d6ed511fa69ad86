package dev.fresnel.load.hub;

import com.fasterxml.jackson.core.JsonFactory;
import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A process that downloads files, for tests to kill. It prints {@code ready}, then the names of the
 * files it has.
 */
final class DownloadMain {
  private DownloadMain() {}

  public static void main(String[] files) {
    System.out.println("ready");
    Path noHome = Path.of("none");
    var hub =
        new Hub(
            HubSettings.of(System.getenv(), noHome),
            () -> HubNetwork.of(System.getenv(), noHome),
            HubListener.NONE,
            time -> Thread.sleep(20));
    HubSnapshot snapshot = hub.open(HubFixture.MODEL);
    for (String file : files) {
      System.out.println(snapshot.need(file).getFileName());
    }
    snapshot.keep();
  }

  /** Starts this program in its own JVM. */
  static ProcessBuilder process(Map<String, String> environment, String... files) {
    var options =
        List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData");
    var builder =
        ChildJvm.of(options, classPath(), DownloadMain.class.getName(), List.of(files))
            .redirectErrorStream(true);
    clean(builder.environment());
    builder.environment().putAll(environment);
    return builder;
  }

  /** Removes what the machine of the tests may have set for its own network. */
  static void clean(Map<String, String> environment) {
    environment
        .keySet()
        .removeIf(
            name ->
                name.matches(
                    "(?i)(HF_|HUGGING|TRANSFORMERS_|XDG_|SSL_|REQUESTS_|CURL_).*|.*_proxy"));
  }

  private static String classPath() {
    return Stream.of(Hub.class, DownloadMain.class, JsonFactory.class)
        .map(DownloadMain::place)
        .distinct()
        .collect(Collectors.joining(java.io.File.pathSeparator));
  }

  private static String place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits for a process to end; returns its output. */
  static String output(Process process) throws IOException, InterruptedException {
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
