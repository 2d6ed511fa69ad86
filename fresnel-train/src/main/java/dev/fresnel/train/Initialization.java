package dev.fresnel.train;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.load.TransformerLensFiles;
import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Weights to begin with. The same seed gives the same weights.
 *
 * @param scheme how they are drawn
 * @param biases whether the model has biases, zero at first; those of norms aside, which belong to
 *     the norm
 */
public record Initialization(Scheme scheme, Biases biases) {
  /**
   * {@link Scheme#SINUSOIDS}: the fastest sine turns by so many radians a position. It tells
   * neighbours apart: with 1 instead, previous-token heads, and the induction heads that need them,
   * come much later.
   */
  private static final double FASTEST = 2.5;

  /** The slowest sine is slower by nearly this factor. */
  private static final double BASE = 50;

  /** How weights are drawn. */
  public enum Scheme {
    /** TransformerLens's {@code gpt2}: every weight from N(0, (0.8 / sqrt(d_model))²). */
    GPT2,
    /** Glorot's: N(0, 2 / (inputs + outputs)), embeddings from N(0, 1). */
    XAVIER_NORMAL,
    /** He's: N(0, 1 / inputs), embeddings from N(0, 1). */
    KAIMING_NORMAL,
    /**
     * For induction heads that form early: token embeddings from N(0, 0.5²), positions as sines and
     * cosines (learned further), queries, keys and values from N(0, 1 / d_model), outputs half as
     * wide, the unembedding from N(0, 0.02²).
     */
    SINUSOIDS
  }

  /**
   * @return weights by TransformerLens's names, with named dimensions, in the caller's scope
   */
  public Map<String, Tensor> weights(ModelConfig config, long seed) {
    var random = new Random(seed);
    var weights = new LinkedHashMap<String, Tensor>();
    TransformerLensFiles.shapes(config, biases)
        .forEach((name, shape) -> weights.put(name, weight(name, shape, config, random)));
    return weights;
  }

  private Tensor weight(String name, Shape shape, ModelConfig config, Random random) {
    String last = name.substring(name.lastIndexOf('.') + 1);
    if (last.equals("w")) {
      return Tensor.full(shape, 1);
    }
    if (last.startsWith("b")) {
      return Tensor.full(shape, 0);
    }
    if (last.equals("W_pos") && scheme == Scheme.SINUSOIDS) {
      return sinusoids(shape);
    }
    return normal(shape, width(last, shape, config.sizes().dModel()), random);
  }

  private double width(String name, Shape shape, int dModel) {
    boolean embedding = name.equals("W_E") || name.equals("W_pos");
    return switch (scheme) {
      case GPT2 -> 0.8 / Math.sqrt(dModel);
      case XAVIER_NORMAL ->
          embedding ? 1 : Math.sqrt(2.0 / (inputs(name, shape) + outputs(name, shape)));
      case KAIMING_NORMAL -> embedding ? 1 : Math.sqrt(1.0 / inputs(name, shape));
      case SINUSOIDS ->
          switch (name) {
            case "W_E" -> 0.5;
            case "W_U" -> 0.02;
            case "W_O", "W_out" -> 0.5 / Math.sqrt(dModel);
            default -> 1 / Math.sqrt(dModel);
          };
    };
  }

  /** How many numbers one output reads. */
  private static long inputs(String name, Shape shape) {
    return name.equals("W_O")
        ? shape.count() / shape.size(D_MODEL)
        : shape.sizes().get(shape.rank() - 2);
  }

  private static long outputs(String name, Shape shape) {
    return shape.count() / inputs(name, shape);
  }

  private static Tensor normal(Shape shape, double width, Random random) {
    float[] values = new float[Math.toIntExact(shape.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (width * random.nextGaussian());
    }
    return Tensor.of(shape, values);
  }

  /** sin in the even columns, cos in the odd ones. */
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
