package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * Every weight that a transformer can have: TransformerLens's name for it, its axes, what reads it,
 * and which models have it. These names stand nowhere else.
 *
 * <pre>{@code
 * WeightKind.W_Q.at(5).name();   // "blocks.5.attn.W_Q"
 * }</pre>
 */
public enum WeightKind {
  /** The token embedding. */
  W_E(Place.EMBEDDING, "embed.W_E", D_VOCAB, D_MODEL),
  /** The scale of the norm behind the token embedding: BLOOM. */
  EMBED_LN_W(Place.EMBEDDING, "embed.ln.w", D_MODEL),
  /** The shift of the norm behind the token embedding. */
  EMBED_LN_B(Place.EMBEDDING, "embed.ln.b", D_MODEL),
  /** The learned vector of each position. */
  W_POS(Place.EMBEDDING, "pos_embed.W_pos", POS, D_MODEL),

  /** The scale of the norm before attention. */
  LN1_W(Place.BLOCK, "ln1.w", D_MODEL),
  /** The shift of the norm before attention. */
  LN1_B(Place.BLOCK, "ln1.b", D_MODEL),
  /** Makes queries. */
  W_Q(Place.BLOCK, "attn.W_Q", HEAD, D_MODEL, D_HEAD),
  /** Added to queries. */
  B_Q(Place.BLOCK, "attn.b_Q", HEAD, D_HEAD),
  /** Makes keys. */
  W_K(Place.BLOCK, "attn.W_K", KV_HEAD, D_MODEL, D_HEAD),
  /** Added to keys. */
  B_K(Place.BLOCK, "attn.b_K", KV_HEAD, D_HEAD),
  /** Makes values. */
  W_V(Place.BLOCK, "attn.W_V", KV_HEAD, D_MODEL, D_HEAD),
  /** Added to values. */
  B_V(Place.BLOCK, "attn.b_V", KV_HEAD, D_HEAD),
  /** The scale of the norm of each head's queries. */
  Q_NORM_W(Place.BLOCK, "attn.q_norm.w", D_HEAD),
  /** The scale of the norm of each head's keys. */
  K_NORM_W(Place.BLOCK, "attn.k_norm.w", D_HEAD),
  /** Brings what the heads found back to the residual stream. */
  W_O(Place.BLOCK, "attn.W_O", HEAD, D_HEAD, D_MODEL),
  /** Added once to what all heads write. */
  B_O(Place.BLOCK, "attn.b_O", D_MODEL),
  /** The scale of the norm behind attention: Gemma 2. */
  LN1_POST_W(Place.BLOCK, "ln1_post.w", D_MODEL),
  /** The scale of the norm before the MLP. */
  LN2_W(Place.BLOCK, "ln2.w", D_MODEL),
  /** The shift of the norm before the MLP. */
  LN2_B(Place.BLOCK, "ln2.b", D_MODEL),
  /** Makes neurons; in a gated MLP, what the gate multiplies. */
  W_IN(Place.BLOCK, "mlp.W_in", D_MODEL, D_MLP),
  /** Added to neurons before the activation; in a gated MLP, added behind the gate. */
  B_IN(Place.BLOCK, "mlp.b_in", D_MLP),
  /** Makes a gated MLP's gate. */
  W_GATE(Place.BLOCK, "mlp.W_gate", D_MODEL, D_MLP),
  /** Added to the gate before its activation. */
  B_GATE(Place.BLOCK, "mlp.b_gate", D_MLP),
  /** Added, in a gated MLP, to what the gate multiplies. TransformerLens has no such weight. */
  B_UP(Place.BLOCK, "mlp.b_up", D_MLP),
  /** Brings neurons back to the residual stream. */
  W_OUT(Place.BLOCK, "mlp.W_out", D_MLP, D_MODEL),
  /** Added to what the neurons write. */
  B_OUT(Place.BLOCK, "mlp.b_out", D_MODEL),
  /** The scale of the norm behind the MLP: Gemma 2. */
  LN2_POST_W(Place.BLOCK, "ln2_post.w", D_MODEL),

  /** The scale of the final norm. */
  LN_FINAL_W(Place.END, "ln_final.w", D_MODEL),
  /** The shift of the final norm. */
  LN_FINAL_B(Place.END, "ln_final.b", D_MODEL),
  /** The unembedding. */
  W_U(Place.END, "unembed.W_U", D_MODEL, D_VOCAB),
  /** Added to the logits. */
  B_U(Place.END, "unembed.b_U", D_VOCAB);

  /** Where a weight stands: once before the blocks, once in each block, or once behind them. */
  public enum Place {
    EMBEDDING,
    BLOCK,
    END
  }

  /** Whether a model has a weight. */
  public enum Presence {
    ABSENT,
    /** A bias: left out it counts as zero. */
    OPTIONAL,
    REQUIRED
  }

  private final Place place;
  private final String suffix;
  private final List<Dim> dims;

  WeightKind(Place place, String suffix, Dim... dims) {
    this.place = place;
    this.suffix = suffix;
    this.dims = List.of(dims);
  }

  public Place place() {
    return place;
  }

  /** The name without the block: {@code attn.W_Q}. */
  public String suffix() {
    return suffix;
  }

  /** The axes, outermost first. */
  public List<Dim> dims() {
    return dims;
  }

  /** How long the axes are in a model. */
  public Shape shape(ModelConfig config) {
    Shape shape = Shape.SCALAR;
    for (Dim dim : dims) {
      shape = shape.and(dim, size(dim, config));
    }
    return shape;
  }

  private long size(Dim dim, ModelConfig config) {
    var sizes = config.sizes();
    if (dim.equals(D_VOCAB)) {
      return place == Place.END ? sizes.vocabularyOut() : sizes.vocabulary();
    }
    if (dim.equals(D_MODEL)) {
      return sizes.dModel();
    }
    if (dim.equals(D_HEAD)) {
      return sizes.dHead();
    }
    if (dim.equals(D_MLP)) {
      return config.mlp().width();
    }
    if (dim.equals(POS)) {
      return sizes.context();
    }
    return dim.equals(HEAD) ? sizes.heads() : sizes.keyValueHeads();
  }

  /** The axes that the product with this weight sums over; none where there is no product. */
  public List<Dim> sumsOver() {
    return switch (this) {
      case W_Q, W_K, W_V, W_IN, W_GATE, W_U -> List.of(D_MODEL);
      case W_O -> List.of(HEAD, D_HEAD);
      case W_OUT -> List.of(D_MLP);
      default -> List.of();
    };
  }

  /** The scale of the norm whose output this weight reads: that scale can be folded into it. */
  public Optional<WeightKind> readsFrom() {
    return switch (this) {
      case W_Q, W_K, W_V -> Optional.of(LN1_W);
      case W_IN, W_GATE -> Optional.of(LN2_W);
      case W_U -> Optional.of(LN_FINAL_W);
      default -> Optional.empty();
    };
  }

  /** The shift of the norm of which this is the scale, in a layer norm. */
  public Optional<WeightKind> shift() {
    return switch (this) {
      case EMBED_LN_W -> Optional.of(EMBED_LN_B);
      case LN1_W -> Optional.of(LN1_B);
      case LN2_W -> Optional.of(LN2_B);
      case LN_FINAL_W -> Optional.of(LN_FINAL_B);
      default -> Optional.empty();
    };
  }

  /** What is added to the product with this weight, in a model with such an MLP. */
  public Optional<WeightKind> bias(Mlp mlp) {
    return switch (this) {
      case W_Q -> Optional.of(B_Q);
      case W_K -> Optional.of(B_K);
      case W_V -> Optional.of(B_V);
      case W_O -> Optional.of(B_O);
      case W_IN -> Optional.of(mlp instanceof Mlp.Gated ? B_UP : B_IN);
      case W_GATE -> Optional.of(B_GATE);
      case W_OUT -> Optional.of(B_OUT);
      case W_U -> Optional.of(B_U);
      default -> Optional.empty();
    };
  }

  /** Whether this weight makes what is added to the residual stream, or is itself added to it. */
  public boolean writesToResidual() {
    return switch (this) {
      case W_E, W_POS, W_O, B_O, W_OUT, B_OUT -> true;
      default -> false;
    };
  }

  /** Whether this is the scale or the shift of a norm. */
  public boolean isOfNorm() {
    return suffix.endsWith(".w") || suffix.endsWith(".b");
  }

  /** Whether this is the scale of a norm. */
  public boolean isScale() {
    return suffix.endsWith(".w");
  }

  /** Whether this is added to something: a bias, or the shift of a norm. */
  public boolean isAdded() {
    return suffix.substring(suffix.lastIndexOf('.') + 1).startsWith("b");
  }

  public boolean isIn(ModelConfig config) {
    return presence(config) != Presence.ABSENT;
  }

  /** Whether a model has this weight, and must have it. */
  public Presence presence(ModelConfig config) {
    boolean mlp = !config.attentionOnly();
    boolean gated = config.mlp() instanceof Mlp.Gated;
    return switch (this) {
      case W_E, W_Q, W_K, W_V, W_O, W_U -> Presence.REQUIRED;
      case B_Q, B_K, B_V, B_O, B_U -> Presence.OPTIONAL;
      case W_IN, W_OUT -> required(mlp);
      case B_IN, B_OUT -> optional(mlp);
      case W_GATE -> required(gated);
      case B_GATE, B_UP -> optional(gated);
      case W_POS ->
          required(
              config.positional() instanceof Positional.Learned
                  || config.positional() instanceof Positional.Shortformer);
      case EMBED_LN_W -> required(scales(config.embeddingNorm()));
      case EMBED_LN_B -> required(shifts(config.embeddingNorm()));
      case LN1_W, LN_FINAL_W -> required(scales(config.norm()));
      case LN1_B, LN_FINAL_B -> required(shifts(config.norm()));
      case LN2_W -> required(mlp && scales(config.norm()));
      case LN2_B -> required(mlp && shifts(config.norm()));
      case LN1_POST_W -> required(scales(config.normBehind()));
      case LN2_POST_W -> required(mlp && scales(config.normBehind()));
      case Q_NORM_W, K_NORM_W ->
          required(
              config.attending().stream().anyMatch(attending -> scales(attending.queryKeyNorm())));
    };
  }

  private static Presence required(boolean there) {
    return there ? Presence.REQUIRED : Presence.ABSENT;
  }

  private static Presence optional(boolean there) {
    return there ? Presence.OPTIONAL : Presence.ABSENT;
  }

  private static boolean scales(Norm norm) {
    return norm instanceof Norm.Layer layer && layer.weights() == Norm.Weights.OWN
        || norm instanceof Norm.Rms rms && rms.weights() == Norm.Weights.OWN;
  }

  private static boolean shifts(Norm norm) {
    return norm instanceof Norm.Layer && scales(norm);
  }

  /** This weight of one block. */
  public WeightName at(int layer) {
    return new WeightName(this, layer);
  }

  /** This weight, which the model has once. */
  public WeightName inModel() {
    return new WeightName(this, WeightName.NO_LAYER);
  }
}
