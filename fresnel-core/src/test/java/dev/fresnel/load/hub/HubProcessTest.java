package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.load.hub.RawServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed during a download, or that download the same file at the same time. */
@Tag("long")
class HubProcessTest {
  private static final int ROUNDS = Integer.getInteger("fresnel.kill.rounds", 10);
  private static final String CONFIG = "{\"model_type\":\"gpt2\"}";
  private static final byte[] WEIGHTS = HubFixture.bytes(2_000_000);
  private static final byte[] OTHER = Arrays.copyOf(HubFixture.bytes(2_000_001), 2_000_000);
  private static final String ETAG = FakeHub.hex("SHA-256", WEIGHTS);

  @TempDir private Path home;
  private HubFixture hub;

  @BeforeEach
  void aModel() {
    hub = new HubFixture(home);
    hub.environment.put("HF_HUB_CACHE", hub.cache().toString());
    hub.model().small("config.json", CONFIG).large("model.safetensors", WEIGHTS);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private Process download() throws IOException {
    return DownloadMain.process(hub.environment, "config.json", "model.safetensors").start();
  }

  /**
   * Each round has its own seed, which a failure names: {@code -Dfresnel.kill.seed=N} starts there.
   * scripts/kill-downloads runs 200 rounds.
   */
  @Test
  void aDownloadKilledAtRandomMomentsAlwaysEndsWithTheRightFile() throws Exception {
    hub.impatient();
    long first = Long.getLong("fresnel.kill.seed", 1);
    int unfinished = 0;
    int resumed = 0;
    int longest = millisecondsOfOneDownload();
    for (long seed = first; seed < first + ROUNDS; seed++) {
      var random = new Random(seed);
      hub.environment.put("HF_HUB_CACHE", home.resolve("round-" + seed).toString());
      hub.server.perSecond(8_000_000);
      for (int kills = random.nextInt(4) == 0 ? 2 : 1; kills > 0; kills--) {
        misbehave(random);
        if (random.nextBoolean()) {
          kill(random.nextInt(longest), 0);
        } else {
          kill(random.nextInt(400), hub.server.data.requests().size() + 1);
        }
        requireNothingHalf(seed);
      }
      unfinished += Files.exists(cached("blobs").resolve(ETAG)) ? 0 : 1;
      hub.server.perSecond(Integer.MAX_VALUE);
      hub.server.data.noMoreFaults();
      hub.server.data.forget();
      requireTheRightFile(seed);
      boolean wentOn =
          hub.server.data.requests().stream().anyMatch(r -> !r.header("Range").isEmpty());
      resumed += wentOn ? 1 : 0;
    }
    System.out.println(
        ROUNDS
            + " rounds: "
            + unfinished
            + " killed before the file was whole, "
            + resumed
            + " gone on with");
    assertThat(unfinished).as("rounds in which the kill came in time").isPositive();
    assertThat(resumed).as("rounds in which it came amidst the data").isPositive();
  }

  /** The time from the first output of the process to its end; it is killed within this time. */
  private int millisecondsOfOneDownload() throws Exception {
    hub.server.perSecond(8_000_000);
    Process process = download();
    try (var said = process.inputReader()) {
      assertThat(said.readLine()).isEqualTo("ready");
      long begun = System.nanoTime();
      process.waitFor();
      return (int) ((System.nanoTime() - begun) / 1_000_000);
    }
  }

  private Path cached(String part) {
    return Path.of(hub.environment.get("HF_HUB_CACHE")).resolve("models--org--model").resolve(part);
  }

  private void misbehave(Random random) {
    List<UnaryOperator<Answer>> faults =
        List.of(
            answer -> answer,
            answer -> answer.cutAfter(random.nextInt(WEIGHTS.length)),
            answer -> answer.stallAfter(random.nextInt(WEIGHTS.length)),
            answer -> answer.unannounced().cutAfter(random.nextInt(WEIGHTS.length)),
            answer -> Answer.of(200).body(WEIGHTS).at(8_000_000),
            answer -> Answer.of(416),
            answer -> Answer.of(503, "Retry-After", "0"),
            answer -> answer.body(Arrays.copyOf(OTHER, answer.body().length)).at(8_000_000));
    hub.server.data.noMoreFaults();
    for (int i = random.nextInt(3); i > 0; i--) {
      hub.server.data.next(faults.get(random.nextInt(faults.size())));
    }
  }

  /**
   * @param requests how many requests the data host must have had before the clock starts
   */
  private void kill(int afterMs, int requests) throws Exception {
    Process process = download();
    try (var said = process.inputReader()) {
      assertThat(said.readLine()).isEqualTo("ready");
      while (hub.server.data.requests().size() < requests && process.isAlive()) {
        Thread.sleep(5);
      }
      Thread.sleep(afterMs);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Every file that has its final name is complete. */
  private void requireNothingHalf(long seed) throws IOException {
    String commit = hub.model().commit();
    Path blob = cached("blobs").resolve(ETAG);
    if (Files.exists(blob)) {
      assertThat(blob).as("seed %d", seed).hasBinaryContent(WEIGHTS);
    }
    for (String file : new String[] {"config.json", "model.safetensors"}) {
      Path pointer = cached("snapshots").resolve(commit).resolve(file);
      if (Files.exists(pointer, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
        byte[] expected = file.equals("config.json") ? HubFixture.text(CONFIG) : WEIGHTS;
        assertThat(pointer).as("seed %d", seed).hasBinaryContent(expected);
      }
    }
    Path reference = cached("refs/main");
    if (Files.exists(reference)) {
      assertThat(reference).as("seed %d", seed).hasContent(commit);
      assertThat(cached("snapshots").resolve(commit)).isDirectory();
    }
  }

  private void requireTheRightFile(long seed) throws IOException {
    HubSnapshot snapshot = hub.snapshot();
    assertThat(snapshot.need("config.json")).as("seed %d", seed).hasContent(CONFIG);
    assertThat(snapshot.need("model.safetensors")).as("seed %d", seed).hasBinaryContent(WEIGHTS);
    snapshot.keep();
    assertThat(HubFixture.tree(cached("")))
        .as("seed %d: nothing is left lying about", seed)
        .hasSize(5)
        .noneMatch(name -> name.contains("incomplete"));
  }

  @Test
  void twoProcessesAtOnceDownloadOnce() throws Exception {
    hub.server.perSecond(2_000_000);
    List<Process> both = List.of(download(), download());
    for (Process process : both) {
      assertThat(DownloadMain.output(process))
          .isEqualToIgnoringNewLines("readyconfig.jsonmodel.safetensors");
      assertThat(process.exitValue()).isZero();
    }
    assertThat(hub.server.data.requests()).hasSize(1);
    requireTheRightFile(0);
  }

  @Test
  void twoThreadsAtOnceDownloadOnce() throws Exception {
    hub.server.perSecond(4_000_000);
    var other = new Thread(() -> hub.snapshot().need("model.safetensors"));
    other.start();
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
    other.join();
    assertThat(hub.server.data.requests()).hasSize(1);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whatFillsTheDiskIsSaidAndGoneOnWithLater() throws Exception {
    var java = DownloadMain.process(hub.environment, "model.safetensors");
    var command =
        new java.util.ArrayList<>(List.of("bash", "-c", "ulimit -f 700; exec \"$@\"", "limited"));
    command.addAll(java.command());
    Process process = java.command(command).start();
    assertThat(DownloadMain.output(process))
        .contains(".fresnel.incomplete cannot be written", "a later try goes on");
    assertThat(process.exitValue()).isNotZero();
    hub.server.data.forget();
    requireTheRightFile(0);
    String range = hub.server.data.requests().get(0).header("Range");
    assertThat(range).matches("bytes=\\d{5,}-");
  }
}
