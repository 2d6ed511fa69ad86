package dev.fresnel.bench;

import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.Tokens;
import dev.fresnel.train.Hyperparameters;
import dev.fresnel.train.Initialization;
import dev.fresnel.train.Initialization.Scheme;
import dev.fresnel.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The training that {@code bench/compare} measures, the same as in {@code bench/torch_training.py}.
 */
final class TrainingWork {
  private static final int VOCABULARY = 3000;
  private static final int BATCH = 10;
  private static final int LENGTH = 192;

  private final Random random = new Random(1);
  private final Trainer trainer = trainer();

  private static Trainer trainer() {
    var config =
        ModelConfig.attentionOnly(
            "bench",
            Sizes.builder()
                .layers(2)
                .heads(8)
                .dModel(256)
                .dHead(32)
                .context(LENGTH)
                .vocabulary(VOCABULARY)
                .build(),
            new Norm.None(),
            new Positional.Shortformer());
    var training =
        new Hyperparameters(
            0, 1_000_000, BATCH, LENGTH, null, 1e-3, 0, 1e-3, null, null, null, 0.01, 1.0, 0.0,
            null, null);
    try (var scope = Scope.open()) {
      var start = new Initialization(Scheme.GPT2, Biases.LEFT_OUT);
      return Trainer.of(config, start.weights(config, 0), training);
    }
  }

  void step() {
    List<int[]> rows = new ArrayList<>();
    for (int row = 0; row < BATCH; row++) {
      rows.add(random.ints(LENGTH, 0, VOCABULARY).toArray());
    }
    trainer.step(Tokens.ofRows(rows));
  }
}
