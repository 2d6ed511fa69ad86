package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.load.hub.HubException.Reason;
import dev.fresnel.load.hub.RawServer.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that send a little now and then: nobody waits for them for ever. */
class HubSlowServersTest {
  private static final String FILE = "model.safetensors";
  private static final byte[] WEIGHTS = HubFixture.bytes(400_000);
  private static final String ETAG = FakeHub.hex("SHA-256", WEIGHTS);

  @TempDir private Path home;
  private HubFixture hub;

  @BeforeEach
  void aModel() {
    hub = new HubFixture(home);
    hub.model().small("config.json", "{}").large(FILE, WEIGHTS);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private static void fails(ThrowingCallable call, Reason reason, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(HubException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  @Test
  void aServerThatAlwaysEndsAfterAByteIsGivenUpAndWhatCameIsKept() {
    UnaryOperator<Answer> byByte = answer -> answer.cutAfter(1);
    hub.server.data.next(byByte, byByte, byByte, byByte, byByte, byByte);
    fails(() -> hub.snapshot().need(FILE), Reason.UNREACHABLE, FILE, "5 tries failed");
    assertThat(hub.folder().resolve("blobs").resolve(ETAG + ".fresnel.incomplete")).hasSize(5);
  }

  @Test
  void aServerThatDripsBytesIsGivenUpAndGoneOnWith() {
    hub.snapshot().need("config.json"); // with the usual waits, since the first request is slow
    hub.longestWait(Duration.ofMillis(400));
    hub.server.data.next(answer -> answer.at(400)); // four bytes each 10 ms
    assertThat(hub.snapshot().need(FILE)).hasBinaryContent(WEIGHTS);
    assertThat(hub.told).anyMatch(told -> told.contains("the lowest rate is 1000 bytes a second"));
    assertThat(hub.server.data.requests().get(1).header("Range")).matches("bytes=\\d+-");
  }

  @Test
  void headersThatDripAreGivenUp() throws IOException {
    try (var socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var thread = new Thread(() -> dripHeaders(socket));
      thread.setDaemon(true);
      thread.start();
      hub.environment.put("HF_ENDPOINT", "http://127.0.0.1:" + socket.getLocalPort());
      hub.longestWait(Duration.ofMillis(200));
      fails(() -> hub.snapshot().need(FILE), Reason.UNREACHABLE, "5 tries failed", "timed out");
    }
  }

  /** Each connection gets a header without end, a letter each 20 ms. */
  private static void dripHeaders(ServerSocket socket) {
    try {
      while (true) {
        OutputStream out = socket.accept().getOutputStream();
        out.write(HubFixture.text("HTTP/1.1 200 OK\r\nX-Long: "));
        var thread = new Thread(() -> drip(out));
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private static void drip(OutputStream out) {
    try {
      while (true) {
        out.write('x');
        out.flush();
        Thread.sleep(20);
      }
    } catch (IOException | InterruptedException gone) {
      // the client has closed the connection
    }
  }

  @Test
  void aListingThatDripsIsGivenUpAtOnce() {
    for (int i = 0; i < 30; i++) {
      hub.model().small("a-file-with-a-long-name-" + i, "");
    }
    hub.snapshot().need("config.json");
    hub.longestWait(Duration.ofMillis(300));
    hub.server.endpoint.next(answer -> answer.at(100));
    fails(
        () -> hub.snapshot().need(FILE),
        Reason.UNREACHABLE,
        "the listing of 127.0.0.1 is not whole after 1 s",
        "HF_HUB_ETAG_TIMEOUT");
    assertThat(hub.pauses).isEmpty();
  }

  @Test
  void aRateIsTakenOverAWholeWindow() throws IOException {
    var now = new AtomicLong(5);
    var pace = new Pace(Duration.ofSeconds(10), now::get);
    now.addAndGet(59_000_000_000L);
    pace.arrived(1);
    now.addAndGet(1_000_000_000L);
    pace.arrived(59_999);
    now.addAndGet(70_000_000_000L);
    assertThatThrownBy(() -> pace.arrived(69_000))
        .hasMessage("only 69000 bytes arrived in 70 s; the lowest rate is 1000 bytes a second");
  }

  @Test
  void anInterruptedDownloadSaysSo() {
    hub.snapshot().need("config.json");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> hub.snapshot().find(FILE))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INTERRUPTED))
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }
}
