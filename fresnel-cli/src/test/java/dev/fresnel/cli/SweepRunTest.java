package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.analysis.patch.ActivationPatching;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.analysis.patch.Sweep;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepRunTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Console console =
      new Console(
          new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          false);

  /** With so little memory that it takes several batches. */
  private final ActivationPatching patching =
      ActivationPatching.of(ToyModels.gpt2Like(3)).memory(80_000);

  private final List<PromptPair> pairs =
      List.of(
          new PromptPair(Tokens.of(3, 1, 4, 1, 5, 9, 2), Tokens.of(3, 8, 4, 1, 7, 9, 2), 7, 11),
          new PromptPair(Tokens.of(3, 1, 5, 1, 5, 9, 2), Tokens.of(3, 8, 5, 1, 7, 9, 2), 7, 11));

  @Test
  void aSweepThatIsSavedBehindEveryBatchGivesTheSameNumbers() {
    Path file = folder.resolve("sweep.json");
    var parts = new AtomicInteger();
    try (var run = new SweepRun(console, 0)) {
      Sweep found =
          run.run(
              "Patching",
              file,
              null,
              (stopped, progress) -> {
                parts.incrementAndGet();
                return patching.resume(stopped, pairs, progress);
              });
      assertThat(found.values()).containsExactly(patching.run(pairs).values(), within(1e-5));
      assertThat(Sweep.open(file).values()).isEqualTo(found.values());
    }
    assertThat(parts).hasValueGreaterThan(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("Stopped");
  }

  @Test
  void aSweepThatIsToldToStopKeepsWhatIsDoneAndGoesOn() {
    Path file = folder.resolve("sweep.json");
    try (var run = new SweepRun(console, SweepRun.SAVE_MS)) {
      var stopped =
          run.run(
              "Patching",
              file,
              null,
              (before, progress) -> {
                run.stop();
                return patching.resume(before, pairs, progress);
              });
      assertThat(stopped.complete()).isFalse();
      assertThat(new SweepDocument(stopped, null).text())
          .containsPattern("stopped: [0-9]+ of 42 cells were computed; there is no mean over the 2")
          .doesNotContain("NaN");
    }
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("Stopped with")
        .contains("--resume to go on");
    assertThat(Files.exists(file)).isTrue();
    try (var run = new SweepRun(console, SweepRun.SAVE_MS)) {
      var whole =
          run.run(
              "Patching",
              file,
              Sweep.open(file),
              (before, progress) -> patching.resume(before, pairs, progress));
      assertThat(whole.values()).containsExactly(patching.run(pairs).values(), within(1e-5));
    }
  }
}
