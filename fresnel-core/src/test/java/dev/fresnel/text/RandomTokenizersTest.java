package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.ChildJvm;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No well-formed tokenizer that passes the checks ends the process, or takes 2 s or 256 MB. {@code
 * scripts/try-tokenizers} runs ten thousand.
 */
@Tag("long")
class RandomTokenizersTest {
  private static final long SEED = Long.getLong("fresnel.tokenizers.seed", 1);
  private static final int COUNT = Integer.getInteger("fresnel.tokenizers.count", 500);

  @Test
  void noRandomTokenizerEndsTheProcessOrTakesLong() throws Exception {
    var process =
        ChildJvm.of(
                List.of("-XX:TieredStopAtLevel=1", "-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"),
                ChildJvm.classPath(),
                RandomTokenizersMain.class.getName(),
                List.of(String.valueOf(SEED), String.valueOf(COUNT)))
            .redirectErrorStream(true)
            .start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .as(
            "after %s",
            String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size())))
        .isZero();
    String last = lines.get(lines.size() - 1);
    assertThat(last).startsWith("run ");
    // If most were refused, this would show little of the native code.
    assertThat(Integer.parseInt(last.substring(4))).isGreaterThan(COUNT / 5);
  }
}
