package dev.fresnel.train;

import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.grad.AdamW;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random tokens that repeat after 8 to 15 tokens can only be predicted by looking up what followed
 * before. Two layers of attention learn it in 300 steps.
 */
@Tag("long")
class InductionTest {
  private static final int VOCABULARY = 50;
  private static final int LENGTH = 32;
  private static final int STEPS = 300;

  @Test
  void aSmallModelFormsAnInductionHeadOnAPreviousTokenHead() {
    var sizes =
        Sizes.builder()
            .layers(2)
            .heads(2)
            .dModel(64)
            .dHead(32)
            .context(LENGTH)
            .vocabulary(VOCABULARY)
            .build();
    var config =
        ModelConfig.attentionOnly("toy", sizes, new Norm.None(), new Positional.Shortformer());
    var training =
        Hyperparameters.of(STEPS, 32, LENGTH, 0.01)
            .withSeed(1)
            .withWarmup(20)
            .withOptimizer(new AdamW.Settings(0.9, 0.98, 1e-8, 0.01))
            .withBos(0)
            .withRepeats(Repeats.of(1, 1, 8, 15));
    var batches = new Batches(new int[2 * LENGTH + 1], training, VOCABULARY, 0);
    var start = new Initialization(Initialization.Scheme.SINUSOIDS, Biases.LEFT_OUT);
    try (var scope = Scope.open();
        var trainer = Trainer.of(config, start.weights(config, 1), training)) {
      for (int step = 0; step < STEPS; step++) {
        trainer.step(batches.batch(step));
      }
      requireInduction(trainer);
    }
  }

  private static void requireInduction(Trainer trainer) {
    try (var model = trainer.model();
        var run = model.run(twice(12), RunPlan.capture(PATTERN))) {
      var induction = HeadDetector.induction().score(run).above(0.5);
      var previous = HeadDetector.previousToken().score(run).above(0.5);
      assertThat(induction).isNotEmpty();
      assertThat(induction.get(0).head().layer()).isEqualTo(1);
      assertThat(previous).isNotEmpty();
      assertThat(previous.get(0).head().layer()).isEqualTo(0);
      var losses = run.losses();
      double first = mean(losses.slice(POS, 0, 11).floats());
      double second = mean(losses.slice(POS, 12, 23).floats());
      assertThat(second).as("first half " + first).isLessThan(first / 2);
    }
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** 16 texts of different tokens, each of which comes twice. */
  private static Tokens twice(int half) {
    var random = new Random(9);
    int[][] rows = new int[16][];
    for (int row = 0; row < rows.length; row++) {
      int[] ids = random.ints(1, VOCABULARY).distinct().limit(half).toArray();
      rows[row] = Arrays.copyOf(ids, 2 * half);
      System.arraycopy(ids, 0, rows[row], half, half);
    }
    return Tokens.ofRows(List.of(rows));
  }
}
