package dev.fresnel.model;

import dev.fresnel.error.FresnelException;
import java.util.List;
import java.util.Optional;

/**
 * What a decoder-only transformer computes, apart from its weights. What varies between
 * architectures is a sealed type or a number here, never a name that the forward pass would have to
 * compare.
 *
 * <pre>{@code
 * var toy = ModelConfig.attentionOnly("toy", new Sizes(2, 12, 64, 768, 2048, 50278),
 *     new Norm.None(), new Positional.Shortformer());
 * }</pre>
 *
 * @param name what the model is called
 * @param sizes the axes' lengths
 * @param norm the norm before attention, before the MLP and at the end
 * @param positional how positions enter
 * @param attention how scores are scaled
 * @param mlp the other half of a block
 * @param order whether the MLP reads what attention wrote
 * @param prependBos whether texts begin with the BOS token unless the user says otherwise
 */
public record ModelConfig(
    String name,
    Sizes sizes,
    Norm norm,
    Positional positional,
    AttentionScale attention,
    Mlp mlp,
    BlockOrder order,
    boolean prependBos) {

  /**
   * The axes' lengths.
   *
   * @param layers blocks
   * @param heads attention heads a layer
   * @param keyValueHeads heads of keys and values; divides {@code heads}
   * @param dModel width of the residual stream
   * @param dHead width of a head
   * @param context the longest text, in tokens
   * @param vocabulary tokens that can be read
   * @param vocabularyOut tokens that can be predicted
   */
  public record Sizes(
      int layers,
      int heads,
      int keyValueHeads,
      int dModel,
      int dHead,
      int context,
      int vocabulary,
      int vocabularyOut) {
    public Sizes {
      requirePositive("layers", layers);
      requirePositive("heads", heads);
      requirePositive("key_value_heads", keyValueHeads);
      requirePositive("d_model", dModel);
      requirePositive("d_head", dHead);
      requirePositive("n_ctx", context);
      requirePositive("d_vocab", vocabulary);
      requirePositive("d_vocab_out", vocabularyOut);
      if (heads % keyValueHeads != 0) {
        throw new FresnelException(
            "heads (" + heads + ") must be a multiple of key_value_heads (" + keyValueHeads + ")");
      }
    }

    /** As many key-value heads as heads, and one vocabulary for reading and predicting. */
    public Sizes(int layers, int heads, int dHead, int dModel, int context, int vocabulary) {
      this(layers, heads, heads, dModel, dHead, context, vocabulary, vocabulary);
    }

    private static void requirePositive(String name, int size) {
      if (size < 1) {
        throw new FresnelException(name + " must be at least 1, is " + size);
      }
    }
  }

  /**
   * The norm. The {@code Pre} forms have no weights of their own: they are folded into what
   * follows.
   */
  public sealed interface Norm permits Norm.None, Norm.Layer, Norm.Rms {
    record None() implements Norm {}

    /** Centre, divide by the standard deviation; then scale and shift where there are weights. */
    record Layer(double epsilon, Weights weights) implements Norm {}

    /** Divide by the root mean square; then scale where there are weights. */
    record Rms(double epsilon, Weights weights) implements Norm {}

    /** Whether a norm has weights. */
    enum Weights {
      OWN,
      FOLDED
    }

    /** The same norm once its weights have been folded into what reads it. */
    default Norm folded() {
      return this instanceof Layer layer
          ? new Layer(layer.epsilon, Weights.FOLDED)
          : this instanceof Rms rms ? new Rms(rms.epsilon, Weights.FOLDED) : this;
    }

    /** TransformerLens's name: {@code LN}, {@code LNPre}, {@code RMS}, {@code RMSPre}, or none. */
    default Optional<String> label() {
      if (this instanceof Layer layer) {
        return Optional.of(layer.weights == Weights.OWN ? "LN" : "LNPre");
      }
      if (this instanceof Rms rms) {
        return Optional.of(rms.weights == Weights.OWN ? "RMS" : "RMSPre");
      }
      return Optional.empty();
    }
  }

  /** How positions enter. */
  public sealed interface Positional
      permits Positional.None, Positional.Learned, Positional.Shortformer, Positional.Rotary {
    record None() implements Positional {}

    /** A vector a position, added to the embedding. */
    record Learned() implements Positional {}

    /**
     * A vector a position, added to what queries and keys read, in every layer; never in the
     * residual stream.
     */
    record Shortformer() implements Positional {}

    /**
     * Queries and keys turned by angles that grow with the position.
     *
     * @param dimensions how many of a head's dimensions turn, from the first
     * @param base of the geometric row of wavelengths
     * @param pairs which dimensions turn together
     * @param scaling how wavelengths are stretched for longer texts
     */
    record Rotary(int dimensions, double base, RotaryPairs pairs, RotaryScaling scaling)
        implements Positional {
      public Rotary {
        if (dimensions < 2 || dimensions % 2 != 0) {
          throw new FresnelException(
              "rotary dimensions must be even and positive, got " + dimensions);
        }
        if (!(base > 0)) {
          throw new FresnelException("the rotary base must be positive, is " + base);
        }
        if (scaling instanceof RotaryScaling.ByPair byPair
            && byPair.divisors().size() != dimensions / 2) {
          throw new FresnelException(
              "rotary dimensions ("
                  + dimensions
                  + ") need half as many divisors of frequencies, got "
                  + byPair.divisors().size());
        }
      }
    }

    /** TransformerLens's name. */
    default String label() {
      if (this instanceof Learned) {
        return "standard";
      }
      if (this instanceof Shortformer) {
        return "shortformer";
      }
      return this instanceof Rotary ? "rotary" : "none";
    }
  }

  /** Which dimensions a rotary embedding turns together. */
  public enum RotaryPairs {
    /** i with i + half: Llama, GPT-NeoX. */
    HALVES,
    /** 2i with 2i + 1: GPT-J. */
    ADJACENT
  }

  /** How rotary wavelengths are stretched for longer texts. */
  public sealed interface RotaryScaling
      permits RotaryScaling.None,
          RotaryScaling.Linear,
          RotaryScaling.ByParts,
          RotaryScaling.ByPair {
    record None() implements RotaryScaling {}

    /** Positions divided by a factor. */
    record Linear(double factor) implements RotaryScaling {}

    /** Llama 3.1's: long wavelengths divided by a factor, short ones kept, smooth between. */
    record ByParts(double factor, double lowFactor, double highFactor, int originalContext)
        implements RotaryScaling {}

    /**
     * The frequency of each pair divided by a number of its own, as a GGUF file's {@code
     * rope_freqs.weight} has them.
     *
     * @param divisors one a pair, the highest frequency first
     */
    record ByPair(List<Double> divisors) implements RotaryScaling {
      public ByPair {
        divisors = List.copyOf(divisors);
        if (divisors.stream().anyMatch(divisor -> !(divisor > 0))) {
          throw new FresnelException(
              "rotary frequencies must be divided by numbers above 0: " + divisors);
        }
      }
    }
  }

  /**
   * How attention scores are scaled.
   *
   * @param divisor what query-key products are divided by, the square root of d_head as a rule
   * @param byLayer whether layer i divides by i + 1 as well
   */
  public record AttentionScale(double divisor, ByLayer byLayer) {
    /** Whether deeper layers are scaled down. */
    public enum ByLayer {
      SAME,
      INVERSE_LAYER
    }

    /** Divided by the square root of d_head. */
    public static AttentionScale standard(int dHead) {
      return new AttentionScale(Math.sqrt(dHead), ByLayer.SAME);
    }

    double factor(int layer) {
      return 1.0 / (divisor * (byLayer == ByLayer.INVERSE_LAYER ? layer + 1 : 1));
    }
  }

  /** The other half of a block. */
  public sealed interface Mlp permits Mlp.None, Mlp.Plain, Mlp.Gated {
    /** There is none: an attention-only model. */
    record None() implements Mlp {}

    /** in, activation, out. */
    record Plain(int dMlp, Activation activation) implements Mlp {}

    /** activation(gate) times in, out: Llama's. */
    record Gated(int dMlp, Activation activation) implements Mlp {}

    /** How many neurons a layer has; 0 for none. */
    default int width() {
      return this instanceof Plain plain
          ? plain.dMlp
          : this instanceof Gated gated ? gated.dMlp : 0;
    }

    default Optional<Activation> function() {
      return this instanceof Plain plain
          ? Optional.of(plain.activation)
          : this instanceof Gated gated ? Optional.of(gated.activation) : Optional.empty();
    }
  }

  /** Whether the MLP reads what attention wrote. */
  public enum BlockOrder {
    SEQUENTIAL,
    /** Attention and MLP read the same residual stream: GPT-J, GPT-NeoX. */
    PARALLEL
  }

  public ModelConfig {
    if (positional instanceof Positional.Rotary rotary && rotary.dimensions() > sizes.dHead()) {
      throw new FresnelException(
          "rotary dimensions (" + rotary.dimensions() + ") exceed d_head (" + sizes.dHead() + ")");
    }
  }

  /**
   * A model of attention alone, scaled by the square root of d_head, whose texts begin with BOS.
   */
  public static ModelConfig attentionOnly(
      String name, Sizes sizes, Norm norm, Positional positional) {
    return new ModelConfig(
        name,
        sizes,
        norm,
        positional,
        AttentionScale.standard(sizes.dHead()),
        new Mlp.None(),
        BlockOrder.SEQUENTIAL,
        true);
  }

  public boolean attentionOnly() {
    return mlp instanceof Mlp.None;
  }

  /** The same model with its norms' weights folded into what reads them. */
  public ModelConfig folded() {
    return new ModelConfig(
        name, sizes, norm.folded(), positional, attention, mlp, order, prependBos);
  }

  public ModelConfig withName(String other) {
    return new ModelConfig(other, sizes, norm, positional, attention, mlp, order, prependBos);
  }

  public ModelConfig withPrependBos(boolean other) {
    return new ModelConfig(name, sizes, norm, positional, attention, mlp, order, other);
  }
}
