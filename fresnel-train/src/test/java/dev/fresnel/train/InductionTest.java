package dev.fresnel.train;

import static dev.fresnel.hook.HookKind.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.ModelConfig;
import dev.fresnel.model.ModelConfig.Norm;
import dev.fresnel.model.ModelConfig.Positional;
import dev.fresnel.model.ModelConfig.Sizes;
import dev.fresnel.tensor.Scope;
import org.junit.jupiter.api.Test;

/** On random tokens that come twice, two layers of attention learn to look up what came next last time. */
class InductionTest {
  @Test
  void aSmallModelFormsAnInductionHead() {
    var config =
        ModelConfig.attentionOnly("toy", new Sizes(2, 4, 16, 64, 24, 40), new Norm.None(), new Positional.Shortformer());
    var repeats = new Repeats(1, 1, 5, 11, 0, 0);
    var training =
        new Training(1, Integer.getInteger("steps", 600), 32, 24, 0.005, 20, 0, 0.9, 0.98, null, 0.01, null, 0.0, repeats, null);
    var batches = new Batches(new int[100], training, 40, 0);
    var start = new Initialization(Initialization.Scheme.SINUSOIDS, Biases.LEFT_OUT);
    try (var scope = Scope.open();
        var trainer = Trainer.of(config, start.weights(config, 1), training)) {
      for (int step = 0; step < training.steps(); step++) {
        double loss = trainer.step(batches.batch(step));
        if (step % 50 == 0) System.err.println(step + " " + loss);
      }
      try (var model = trainer.model();
          var run = model.run(batches.batch(5000), RunPlan.capture(PATTERN))) {
        var best = HeadDetector.induction().score(run).above(0).get(0);
        System.err.println(best);
        assertThat(best.score()).isGreaterThan(0.7);
        assertThat(best.head().layer()).isEqualTo(1);
        assertThat(HeadDetector.previousToken().score(run).above(0.5)).isNotEmpty();
      }
    }
  }
}
