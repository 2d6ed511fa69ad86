package dev.fresnel.train;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.load.TransformerLensFiles;
import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * The weights before training. The same seed gives the same weights.
 *
 * @param scheme how the weights are drawn
 * @param biases whether the model has biases, which are zero at first; norms have theirs in any
 *     case
 */
public record Initialization(Scheme scheme, Biases biases) {
  /**
   * The angle of the fastest sine of {@link Scheme#SINUSOIDS}, in radians per position. It is large
   * enough to tell neighbouring positions apart: with 1 instead, previous-token heads, and the
   * induction heads that need them, form much later.
   */
  private static final double FASTEST = 2.5;

  /** The ratio between the fastest sine and the slowest, nearly. */
  private static final double BASE = 50;

  /** How weights are drawn. */
  public enum Scheme {
    /** As TransformerLens's {@code gpt2}: every weight from N(0, (0.8 / sqrt(d_model))²). */
    GPT2,
    /** Glorot's: N(0, 2 / (inputs + outputs)), embeddings from N(0, 1). */
    XAVIER_NORMAL,
    /** He's: N(0, 1 / inputs), embeddings from N(0, 1). */
    KAIMING_NORMAL,
    /**
     * Lets induction heads form early. Token embeddings are from N(0, 0.5²); queries, keys and
     * values from N(0, 1 / d_model); outputs from N(0, 0.25 / d_model); the unembedding from N(0,
     * 0.02²). Position embeddings begin as sines and cosines, and are trained like the others.
     */
    SINUSOIDS
  }

  /**
   * Draws all weights.
   *
   * @return the weights by TransformerLens's names, with named dimensions, in the caller's scope
   */
  public Map<String, Tensor> weights(ModelConfig config, long seed) {
    var random = new Random(seed);
    var weights = new LinkedHashMap<String, Tensor>();
    TransformerLensFiles.shapes(config, biases)
        .forEach((name, shape) -> weights.put(name, weight(name, shape, config, random)));
    return weights;
  }

  private Tensor weight(String name, Shape shape, ModelConfig config, Random random) {
    var kind = WeightName.parse(name).kind();
    if (kind.isScale()) {
      return Tensor.full(shape, 1);
    }
    if (kind.isAdded()) {
      return Tensor.full(shape, 0);
    }
    if (kind == WeightKind.W_POS && scheme == Scheme.SINUSOIDS) {
      return sinusoids(shape);
    }
    return normal(shape, width(kind, shape, config.sizes().dModel()), random);
  }

  private double width(WeightKind kind, Shape shape, int dModel) {
    boolean embedding = kind == WeightKind.W_E || kind == WeightKind.W_POS;
    return switch (scheme) {
      case GPT2 -> 0.8 / Math.sqrt(dModel);
      case XAVIER_NORMAL ->
          embedding ? 1 : Math.sqrt(2.0 / (inputs(kind, shape) + outputs(kind, shape)));
      case KAIMING_NORMAL -> embedding ? 1 : Math.sqrt(1.0 / inputs(kind, shape));
      case SINUSOIDS ->
          switch (kind) {
            case W_E -> 0.5;
            case W_U -> 0.02;
            case W_O, W_OUT -> 0.5 / Math.sqrt(dModel);
            default -> 1 / Math.sqrt(dModel);
          };
    };
  }

  /** The number of inputs of one output. */
  private static long inputs(WeightKind kind, Shape shape) {
    return kind == WeightKind.W_O
        ? shape.count() / shape.size(D_MODEL)
        : shape.sizes().get(shape.rank() - 2);
  }

  private static long outputs(WeightKind kind, Shape shape) {
    return shape.count() / inputs(kind, shape);
  }

  private static Tensor normal(Shape shape, double width, Random random) {
    float[] values = new float[Math.toIntExact(shape.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (width * random.nextGaussian());
    }
    return Tensor.of(shape, values);
  }

  /** Sines in the even columns, cosines in the odd ones. */
  private static Tensor sinusoids(Shape shape) {
    int positions = (int) shape.size(POS);
    int width = (int) shape.size(D_MODEL);
    float[] values = new float[positions * width];
    for (int i = 0; i < values.length; i++) {
      int column = i % width;
      double angle = FASTEST * (i / width) * Math.pow(BASE, -2.0 * (column / 2) / width);
      values[i] = (float) (column % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
    }
    return Tensor.of(shape, values);
  }
}
