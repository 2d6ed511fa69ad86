package dev.fresnel.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Looks for memory leaks from outside: each kind of work runs in its own process with a small heap.
 */
@Tag("long")
@EnabledOnOs(OS.LINUX)
class MemoryTest {
  private static final Pattern HELD =
      Pattern.compile("at \\d+: (-?\\d+) objects (\\d+) native (\\d+) heap");

  /**
   * The whole heap is resident from the start, so that a growing heap does not look like a leak.
   */
  private static final String HEAP = "96m";

  private static final Pattern PEAK =
      Pattern.compile("resident ([\\d.]+), without the file's pages (-?[\\d.]+)");

  private static final long JVM = 4_000_000;

  private record Held(long objects, long nativeBytes, long heapBytes) {}

  @TempDir Path folder;

  @Test
  void twoHundredRunsWithEverythingCapturedLeaveNothingBehind() throws Exception {
    requireFlat(probe("2g", "runs", "200"));
  }

  @Test
  void twoHundredLoadsLeaveNothingBehind() throws Exception {
    Path withTokenizer = Path.of("src/test/resources/golden/gpt2-text/model").toAbsolutePath();
    requireFlat(probe("2g", "loads", "200", withTokenizer.toString(), folder.toString()));
  }

  /** Each model has 95 MB of weights that are in no file. */
  @Test
  void thirtyHandMadeModelsLeaveNothingBehind() throws Exception {
    requireFlat(probe("2g", "by-hand", "30"));
  }

  /**
   * Makes ten gigabytes of tensors under a limit of 0.6 GB: garbage collection frees them in time.
   */
  @Test
  void tenThousandLooseTensorsDoNotEndTheProcess() throws Exception {
    assertThat(probe("600m", "loose", "10000")).isEqualTo("sum 4.9995E7\n");
  }

  /**
   * GPT-2 small, 498 MB. Raw weights are only pages of the file. Processed weights are new numbers,
   * and the unembedding becomes separate from the embedding: 1.31 of the file in the end.
   */
  @Test
  void loadingTakesTheFileAndATenthOfItAtMostOrAHalfWhereWeightsAreProcessed() throws Exception {
    loadingPeak("make", folder.toString(), "12", "768");
    assertPeak("raw", 1.1, 0.1);
    assertPeak("default", 1.5, 1.5);
  }

  /**
   * Logits of GPT-2's vocabulary for all positions are 26 MB for each text of 128 tokens, and their
   * logarithms as much: 832 MB for 16 texts. Those of 512 positions at a time are 206 MB, for any
   * batch; the allocator gets 50 % on top, since it rounds and keeps what it had.
   */
  @Test
  void theMemoryOfALossDoesNotGrowWithTheBatch() throws Exception {
    String output = output("8g", LossPeak.class, "128", "4", "16");
    var peaks =
        Pattern.compile("peak (\\d+) MB").matcher(output).results().map(m -> number(m.group(1)));
    assertThat(peaks).as(output).hasSize(2).allMatch(megabytes -> megabytes < 310);
  }

  private void assertPeak(String processing, double resident, double ownPages) throws Exception {
    Matcher peak = PEAK.matcher(loadingPeak(processing, folder.toString()));
    assertThat(peak.find()).isTrue();
    assertThat(Double.parseDouble(peak.group(1))).as("resident").isLessThan(resident);
    assertThat(Double.parseDouble(peak.group(2))).as("beside the file").isLessThan(ownPages);
  }

  private static String loadingPeak(String... arguments) throws Exception {
    return output("8g", LoadingPeak.class, arguments);
  }

  /**
   * The number of native objects must be exact. Bytes may differ by 2 %, since the allocator and
   * the JVM round. The JVM's compiled code and class data also grow for a while, longer on a busy
   * machine: 4 MB are allowed for it, which is 20 kB per repetition.
   */
  private static void requireFlat(String output) {
    List<Held> held =
        HELD.matcher(output)
            .results()
            .map(m -> new Held(number(m.group(1)), number(m.group(2)), number(m.group(3))))
            .toList();
    assertThat(held).as(output).hasSize(2);
    Held warm = held.get(0);
    Held end = held.get(1);
    assertThat(end.objects).as("native objects").isLessThanOrEqualTo(warm.objects);
    assertThat(end.nativeBytes).as("resident bytes").isLessThan(within(warm.nativeBytes) + JVM);
    assertThat(end.heapBytes).as("heap bytes").isLessThan(within(warm.heapBytes));
  }

  private static long within(long bytes) {
    return bytes + bytes / 50;
  }

  private static long number(String text) {
    return Long.parseLong(text);
  }

  /** One thread for products: two would wait for each other when tests run beside other work. */
  private static String probe(String cap, String... arguments)
      throws IOException, InterruptedException {
    return output(cap, MemoryProbe.class, arguments);
  }

  private static String output(String cap, Class<?> program, String... arguments)
      throws IOException, InterruptedException {
    var options =
        List.of(
            "-Xms" + HEAP,
            "-Xmx" + HEAP,
            "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=" + cap);
    var builder =
        ChildJvm.of(options, ChildJvm.classPath(), program.getName(), List.of(arguments))
            .redirectErrorStream(true);
    builder.environment().put("FRESNEL_THREADS", "1");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
