package dev.fresnel.workshop;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Provenance;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.HashMap;
import java.util.List;
import java.util.Random;

/**
 * A model of random weights, which checks run a learner's method on: so small that it is quick, and
 * each dimension has a size of its own.
 */
final class SmallModel implements AutoCloseable {
  static final int LAYERS = 2;
  static final int HEADS = 3;
  static final int D_MODEL = 8;
  static final int D_HEAD = 5;
  static final int VOCABULARY = 13;

  /** Tokens come again, some twice; the last is new. */
  static final int[] TEXT = {0, 4, 7, 2, 4, 9, 7, 4, 1};

  private final Transformer model;

  private SmallModel(Transformer model) {
    this.model = model;
  }

  /** As the workshop's model: positions reach queries and keys alone, and there is no norm. */
  static SmallModel plain() {
    return of(new Norm.None());
  }

  /** With a layer norm whose weights are folded into what reads it, as in a processed GPT-2. */
  static SmallModel normed() {
    return of(new Norm.Layer(1e-5, Norm.Weights.FOLDED));
  }

  private static SmallModel of(Norm norm) {
    var sizes =
        Sizes.builder()
            .layers(LAYERS)
            .heads(HEADS)
            .dModel(D_MODEL)
            .dHead(D_HEAD)
            .context(16)
            .vocabulary(VOCABULARY)
            .build();
    var config = ModelConfig.attentionOnly("small", sizes, norm, new Positional.Shortformer());
    var random = new Random(11);
    var weights = new HashMap<String, Tensor>();
    for (var kind : WeightKind.values()) {
      if (kind.presence(config) == WeightKind.Presence.REQUIRED) {
        if (kind.place() == WeightKind.Place.BLOCK) {
          for (int layer = 0; layer < LAYERS; layer++) {
            weights.put(kind.at(layer).name(), random(kind.shape(config), random));
          }
        } else {
          weights.put(kind.inModel().name(), random(kind.shape(config), random));
        }
      }
    }
    var from = new Provenance("made for a check", "attention-only", List.of(), "random", 0);
    return new SmallModel(new Transformer(config, weights, null, from));
  }

  private static Tensor random(Shape shape, Random random) {
    float[] values = new float[(int) shape.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.6 * random.nextGaussian());
    }
    return Tensor.of(shape, values);
  }

  Transformer model() {
    return model;
  }

  Run run(RunPlan plan) {
    return model.run(Tokens.of(TEXT), plan);
  }

  /** A weight's numbers, the last dimension fastest. */
  double[] weight(String name) {
    return Answer.numbers(model.weight(name));
  }

  @Override
  public void close() {
    model.close();
  }
}
