package dev.fresnel.analysis.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StoppedSweepTest {
  /** A continued sweep runs other cells together, which changes the last bits. */
  private static final double TOLERANCE = 1e-5;

  private static final Transformer MODEL = ToyModels.gpt2Like(3);
  private static final List<PromptPair> PAIRS =
      List.of(pair(3, 8, 5), pair(7, 2, 9), pair(1, 6, 4));
  private static final List<Tokens> DATA =
      List.of(Tokens.of(2, 7, 1, 8, 2, 8, 1), Tokens.of(9, 9, 8, 7, 6, 5, 4));

  @TempDir Path folder;

  private static PromptPair pair(int clean, int corrupted, int last) {
    return new PromptPair(
        Tokens.of(3, clean, 4, 1, 5, last), Tokens.of(3, corrupted, 4, 1, 7, last), 7, 11);
  }

  /** A sweep that can begin and go on. */
  private interface Resumable {
    Sweep run(@Nullable Sweep stopped, SweepProgress progress);
  }

  static Stream<Arguments> sweeps() {
    // Two texts at a time, so that every sweep has many batches.
    long little = 500_000;
    var patching = ActivationPatching.of(MODEL).memory(little);
    var path = PathPatching.of(MODEL, new HeadId(2, 1), PathPatching.Input.K);
    var mlps = path.route(PathPatching.Route.THROUGH_MLPS);
    var ablation = Ablation.of(MODEL).memory(little);
    var resampled = ablation.by(Filling.RESAMPLE, DATA);
    var knockout = AttentionKnockout.of(MODEL, List.of(4, 5), List.of(1, 2));
    var edges = EdgePatching.of(MODEL).memory(1_000_000);
    var estimated = edges.run(PAIRS);
    return Stream.of(
        arguments(
            "estimate", (stopped, at) -> patching.memory(1_000_000).estimate(stopped, PAIRS, at)),
        arguments("edges", (stopped, at) -> edges.resume(stopped, PAIRS, at)),
        arguments("exact edges", (stopped, at) -> edges.exact(estimated, 9, stopped, PAIRS, at)),
        arguments("patch", (stopped, at) -> patching.resume(stopped, PAIRS, at)),
        arguments("path-patch", (stopped, at) -> path.resume(stopped, PAIRS, at)),
        arguments("path-patch by MLPs", (stopped, at) -> mlps.resume(stopped, PAIRS, at)),
        arguments("ablate", (stopped, at) -> ablation.resume(stopped, PAIRS, at)),
        arguments("ablate, resampled", (stopped, at) -> resampled.resume(stopped, PAIRS, at)),
        arguments("knockout", (stopped, at) -> knockout.resume(stopped, PAIRS, at)));
  }

  private static Arguments arguments(String name, Resumable sweep) {
    return Arguments.of(name, sweep);
  }

  /** Nothing is estimated again, so a bound that no estimate keeps is not met. */
  @Test
  void estimatesThatAreDoneAreOnlyMeasured() {
    var edges = EdgePatching.of(MODEL);
    var done = edges.run(PAIRS);
    assertThat(edges.memory(1).resume(done, PAIRS, SweepProgress.NONE).values())
        .containsExactly(done.values());
    var patching = ActivationPatching.of(MODEL);
    var estimates = patching.estimate(PAIRS);
    assertThat(patching.memory(1).estimate(estimates, PAIRS, SweepProgress.NONE).values())
        .containsExactly(estimates.values());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sweeps")
  void aSweepThatIsStoppedSavedAndContinuedEqualsOneThatIsNot(String name, Resumable sweep) {
    Sweep whole = sweep.run(null, SweepProgress.NONE);
    assertThat(whole.complete()).isTrue();
    Path file = folder.resolve("sweep.json");
    Sweep sofar = null;
    long before = 0;
    int parts = 0;
    do {
      sofar = sweep.run(sofar, (done, total) -> false);
      assertThat(sofar.state().done()).as("each part adds cells").isGreaterThan(before);
      before = sofar.state().done();
      sofar.save(file);
      sofar = Sweep.open(file);
      parts++;
    } while (!sofar.complete() && parts < 1000);
    assertThat(parts).isGreaterThanOrEqualTo(PAIRS.size());
    for (int i = 0; i < whole.values().length; i++) {
      assertThat(sofar.values()[i])
          .as("cell %d", i)
          .isCloseTo(whole.values()[i], within(TOLERANCE));
      assertThat(sofar.spread().low()[i]).isCloseTo(whole.spread().low()[i], within(TOLERANCE));
    }
    assertThat(sofar.clean()).isCloseTo(whole.clean(), within(TOLERANCE));
  }

  @Test
  void whatIsDoneIsNotComputedAgain() {
    var patching = ActivationPatching.of(MODEL).what(PatchSite.MLP_OUT);
    var half = patching.run(PAIRS, (done, total) -> false);
    var first = new AtomicLong(-1);
    patching.resume(
        half,
        PAIRS,
        (done, total) -> {
          first.compareAndSet(-1, done);
          return true;
        });
    assertThat(first.get()).isGreaterThan(half.state().done());
    var calls = new AtomicLong();
    var whole = patching.run(PAIRS);
    var again = patching.resume(whole, PAIRS, (done, total) -> calls.incrementAndGet() > 0);
    assertThat(calls).hasValue(0);
    assertThat(again.values()).containsExactly(whole.values());
  }

  @Test
  void anotherModelTextAnswerMetricOrDataIsRefusedByName() throws IOException {
    var patching = ActivationPatching.of(MODEL);
    var saved = patching.run(PAIRS, (done, total) -> false);
    refused(patching.what(PatchSite.ATTN_OUT), saved, PAIRS, "its what is 'resid_pre'");
    refused(patching.measure(Measure.logProbability()), saved, PAIRS, "its metric is 'logit-diff'");
    refused(
        patching.direction(Direction.CORRUPTED_INTO_CLEAN), saved, PAIRS, "clean-into-corrupted");
    refused(patching, saved, PAIRS.subList(0, 2), "it has 3 texts, and this one 2");
    var other = List.of(pair(3, 8, 5), pair(7, 9, 9), pair(1, 6, 4));
    refused(
        patching,
        saved,
        other,
        "text 1, counted from 0, has the corrupted text [3, 2, 4, 1, 7, 9]");
    var wrong = new PromptPair(PAIRS.get(0).clean(), PAIRS.get(0).corrupted(), 7, 12);
    refused(
        patching,
        saved,
        List.of(wrong, PAIRS.get(1), PAIRS.get(2)),
        "answer 7 and the wrong token");
    var sameShape = ToyModels.gpt2Like(4);
    refused(ActivationPatching.of(sameShape), saved, PAIRS, "load the same weights");
    Path file = folder.resolve("other.json");
    Files.writeString(file, SweepJson.saved(saved).replace("\"toy\"", "\"gpt2\""));
    refused(patching, Sweep.open(file), PAIRS, "its model is 'gpt2', and this one's is 'toy'");
    var ablation = Ablation.of(MODEL).by(Filling.MEAN, DATA);
    var stopped = ablation.run(PAIRS, (done, total) -> false);
    var others = ablation.by(Filling.MEAN, DATA.subList(0, 1));
    assertThatThrownBy(() -> others.resume(stopped, PAIRS, SweepProgress.NONE))
        .hasMessageContaining("its data is '2 texts");
  }

  private static void refused(
      ActivationPatching sweep, Sweep saved, List<PromptPair> pairs, String message) {
    assertThatThrownBy(() -> sweep.resume(saved, pairs, SweepProgress.NONE))
        .hasMessageContaining("cannot be continued")
        .hasMessageContaining(message);
  }
}
