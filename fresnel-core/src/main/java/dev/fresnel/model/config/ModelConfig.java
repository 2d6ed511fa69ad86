package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Activation;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The configuration of a decoder-only transformer. Everything that differs between architectures is
 * a value here; the forward pass never compares architecture names.
 *
 * <pre>{@code
 * var sizes = Sizes.builder().layers(2).heads(12).dModel(768).dHead(64).context(2048)
 *     .vocabulary(50278).build();
 * var toy = ModelConfig.of("toy", sizes)
 *     .withNorm(new Norm.None())
 *     .withPositional(new Positional.Shortformer())
 *     .withMlp(new Mlp.None());
 * }</pre>
 *
 * @param name the model's name
 * @param sizes the sizes of the axes
 * @param embeddingNorm the norm of a token's vector, before it enters the residual stream
 * @param norm the norm before attention, before the MLP and at the end
 * @param normBehind the norm of the outputs of attention and MLP, before they are added
 * @param positional how the model uses positions
 * @param attending how the heads attend, one entry per layer
 * @param mlp the MLP of each block
 * @param order whether the MLP reads the output of attention
 * @param logitCap the soft cap of the logits: {@code cap tanh(logit / cap)}; empty for none
 * @param prependBos whether texts start with the BOS token by default
 */
public record ModelConfig(
    String name,
    Sizes sizes,
    Norm embeddingNorm,
    Norm norm,
    Norm normBehind,
    Positional positional,
    List<Attending> attending,
    Mlp mlp,
    BlockOrder order,
    OptionalDouble logitCap,
    boolean prependBos) {

  public ModelConfig {
    attending = List.copyOf(attending);
    if (positional instanceof Positional.Rotary rotary && rotary.dimensions() > sizes.dHead()) {
      throw new FresnelException(
          "rotary dimensions ("
              + rotary.dimensions()
              + ") exceed d_head ("
              + sizes.dHead()
              + "); give as many at most");
    }
    if (positional instanceof Positional.Alibi alibi && alibi.slopes().size() != sizes.heads()) {
      throw new FresnelException(
          "ALiBi needs one slope per head (%d), got %d"
              .formatted(sizes.heads(), alibi.slopes().size()));
    }
    if (attending.size() != sizes.layers()) {
      throw new FresnelException(
          "attending needs one entry per layer (%d), got %d"
              .formatted(sizes.layers(), attending.size()));
    }
    Attending.SoftCap.requirePositive("logits", logitCap);
  }

  /**
   * GPT-2's architecture: layer norms, learned positions, scores divided by the square root of
   * d_head, an MLP four times as wide as the residual stream, texts that start with BOS.
   */
  public static ModelConfig of(String name, Sizes sizes) {
    return new ModelConfig(
        name,
        sizes,
        new Norm.None(),
        new Norm.Layer(1e-5, Norm.Weights.OWN),
        new Norm.None(),
        new Positional.Learned(),
        Attending.standard(sizes.dHead()).inEveryLayer(sizes.layers()),
        new Mlp.Plain(4 * sizes.dModel(), Activation.GELU_TANH),
        BlockOrder.SEQUENTIAL,
        OptionalDouble.empty(),
        true);
  }

  /**
   * An attention-only model with scores divided by the square root of d_head and texts that start
   * with BOS.
   */
  public static ModelConfig attentionOnly(
      String name, Sizes sizes, Norm norm, Positional positional) {
    return of(name, sizes).withNorm(norm).withPositional(positional).withMlp(new Mlp.None());
  }

  /** How the heads of a layer attend. */
  public Attending attending(int layer) {
    return attending.get(layer);
  }

  public boolean attentionOnly() {
    return mlp instanceof Mlp.None;
  }

  /** This configuration after folding the weights of its norms into the layers that read them. */
  public ModelConfig folded() {
    return withNorm(norm.folded());
  }

  public ModelConfig withName(String other) {
    return new ModelConfig(
        other,
        sizes,
        embeddingNorm,
        norm,
        normBehind,
        positional,
        attending,
        mlp,
        order,
        logitCap,
        prependBos);
  }

  public ModelConfig withEmbeddingNorm(Norm other) {
    return new ModelConfig(
        name,
        sizes,
        other,
        norm,
        normBehind,
        positional,
        attending,
        mlp,
        order,
        logitCap,
        prependBos);
  }

  public ModelConfig withNorm(Norm other) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        other,
        normBehind,
        positional,
        attending,
        mlp,
        order,
        logitCap,
        prependBos);
  }

  public ModelConfig withNormBehind(Norm other) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        norm,
        other,
        positional,
        attending,
        mlp,
        order,
        logitCap,
        prependBos);
  }

  public ModelConfig withPositional(Positional other) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        norm,
        normBehind,
        other,
        attending,
        mlp,
        order,
        logitCap,
        prependBos);
  }

  /** The same attention in every layer. */
  public ModelConfig withAttending(Attending everywhere) {
    return withAttending(everywhere.inEveryLayer(sizes.layers()));
  }

  public ModelConfig withAttending(List<Attending> byLayer) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        norm,
        normBehind,
        positional,
        byLayer,
        mlp,
        order,
        logitCap,
        prependBos);
  }

  public ModelConfig withMlp(Mlp other) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        norm,
        normBehind,
        positional,
        attending,
        other,
        order,
        logitCap,
        prependBos);
  }

  public ModelConfig withOrder(BlockOrder other) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        norm,
        normBehind,
        positional,
        attending,
        mlp,
        other,
        logitCap,
        prependBos);
  }

  public ModelConfig withLogitCap(double limit) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        norm,
        normBehind,
        positional,
        attending,
        mlp,
        order,
        OptionalDouble.of(limit),
        prependBos);
  }

  public ModelConfig withPrependBos(boolean other) {
    return new ModelConfig(
        name,
        sizes,
        embeddingNorm,
        norm,
        normBehind,
        positional,
        attending,
        mlp,
        order,
        logitCap,
        other);
  }
}
