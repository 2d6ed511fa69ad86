package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.hook.Dims;
import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Scope;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Sequences as long as the model's context train and test its last position too. */
class LastPositionTest {
  private static final int LENGTH = 8;
  private static final int VOCABULARY = 30;

  private static final ModelConfig CONFIG =
      ModelConfig.attentionOnly(
          "toy",
          Sizes.builder()
              .layers(1)
              .heads(2)
              .dHead(4)
              .dModel(8)
              .context(LENGTH)
              .vocabulary(VOCABULARY)
              .build(),
          new Norm.None(),
          new Positional.Learned());

  @Test
  void aStepMovesTheVectorOfTheContextsLastPosition() {
    var training = Hyperparameters.of(1, 4, LENGTH, 0.1).withBos(0);
    var text = IntStream.range(0, 100).map(i -> i * i % VOCABULARY).toArray();
    var batch = new Batches(text, training, VOCABULARY, 0).batch(0);
    assertThat(batch.length()).isEqualTo(LENGTH + 1);
    var start = new Initialization(Initialization.Scheme.GPT2, Biases.LEFT_OUT);
    try (var scope = Scope.open();
        var trainer = Trainer.of(CONFIG, start.weights(CONFIG, 1), training)) {
      float[] before = lastPosition(trainer);
      trainer.step(batch);
      float[] after = lastPosition(trainer);
      for (int i = 0; i < before.length; i++) {
        assertThat(Math.abs(after[i] - before[i]))
            .as("AdamW's first step moves every trained number by about the rate, 0.1")
            .isGreaterThan(0.05f);
      }
    }
  }

  private static float[] lastPosition(Trainer trainer) {
    try (var scope = Scope.open();
        var model = trainer.model()) {
      return model.weight(WeightKind.W_POS.inModel()).select(Dims.POS, LENGTH - 1).floats().clone();
    }
  }
}
