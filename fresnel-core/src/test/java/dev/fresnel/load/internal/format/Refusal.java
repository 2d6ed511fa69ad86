package dev.fresnel.load.internal.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.error.FresnelException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.function.ThrowingSupplier;

/**
 * How a reader answers a file that breaks a rule: at once (in its own time, whatever else the
 * machine does), and with the file's name.
 */
public final class Refusal {
  private static final Duration SOON = Duration.ofSeconds(2);

  private Refusal() {}

  public static void assertRefused(
      Path file, ThrowingSupplier<? extends AutoCloseable> opening, String... words) {
    var clock = ManagementFactory.getThreadMXBean();
    long begin = clock.getCurrentThreadCpuTime();
    var error =
        Assertions.catchThrowable(
            () -> {
              try (var opened = opening.get()) {
                assertThat(opened).isNotNull();
              }
            });
    assertThat(error)
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(file.getFileName().toString());
    for (String word : words) {
      assertThat(error).hasMessageContaining(word);
    }
    assertThat(Duration.ofNanos(clock.getCurrentThreadCpuTime() - begin)).isLessThan(SOON);
  }
}
