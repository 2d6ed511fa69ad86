package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a model's axes. Each is given by its name, since eight numbers in a row are easily
 * confused.
 *
 * <pre>{@code
 * var sizes = Sizes.builder().layers(2).heads(12).dModel(768).dHead(64).context(2048)
 *     .vocabulary(50278).build();
 * }</pre>
 */
public final class Sizes {
  private final int layers;
  private final int heads;
  private final int keyValueHeads;
  private final int dModel;
  private final int dHead;
  private final int context;
  private final int vocabulary;
  private final int vocabularyOut;

  private Sizes(Builder given) {
    layers = positive("layers", given.layers);
    heads = positive("heads", given.heads);
    keyValueHeads = positive("key_value_heads", given.keyValueHeads, heads);
    dModel = positive("d_model", given.dModel);
    dHead = positive("d_head", given.dHead);
    context = positive("n_ctx", given.context);
    vocabulary = positive("d_vocab", given.vocabulary);
    vocabularyOut = positive("d_vocab_out", given.vocabularyOut, vocabulary);
    if (heads % keyValueHeads != 0) {
      throw new FresnelException(
          "heads (%d) must be a multiple of key_value_heads (%d), each of which serves as many heads"
              .formatted(heads, keyValueHeads));
    }
  }

  private static int positive(String name, @Nullable Integer given, int otherwise) {
    return given == null ? otherwise : positive(name, given);
  }

  private static int positive(String name, @Nullable Integer given) {
    if (given == null) {
      throw new FresnelException("a model's sizes lack " + name + "; say it to the builder");
    }
    if (given < 1) {
      throw new FresnelException(name + " must be at least 1, is " + given);
    }
    return given;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Number of blocks. */
  public int layers() {
    return layers;
  }

  /** Attention heads per layer. */
  public int heads() {
    return heads;
  }

  /** Key and value heads per layer; divides {@link #heads}. */
  public int keyValueHeads() {
    return keyValueHeads;
  }

  /** Width of the residual stream. */
  public int dModel() {
    return dModel;
  }

  /** Width of a head. */
  public int dHead() {
    return dHead;
  }

  /** The longest text, in tokens. */
  public int context() {
    return context;
  }

  /** Number of tokens that the model can read. */
  public int vocabulary() {
    return vocabulary;
  }

  /** Number of tokens that the model can predict. */
  public int vocabularyOut() {
    return vocabularyOut;
  }

  private int[] all() {
    return new int[] {
      layers, heads, keyValueHeads, dModel, dHead, context, vocabulary, vocabularyOut
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Sizes that && Arrays.equals(all(), that.all());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(all());
  }

  @Override
  public String toString() {
    return "Sizes[layers=%d, heads=%d, keyValueHeads=%d, dModel=%d, dHead=%d, context=%d, vocabulary=%d, vocabularyOut=%d]"
        .formatted(layers, heads, keyValueHeads, dModel, dHead, context, vocabulary, vocabularyOut);
  }

  /** Takes the sizes one by one, in any order. */
  public static final class Builder {
    private @Nullable Integer layers;
    private @Nullable Integer heads;
    private @Nullable Integer keyValueHeads;
    private @Nullable Integer dModel;
    private @Nullable Integer dHead;
    private @Nullable Integer context;
    private @Nullable Integer vocabulary;
    private @Nullable Integer vocabularyOut;

    private Builder() {}

    /** Number of blocks. */
    public Builder layers(int count) {
      layers = count;
      return this;
    }

    /** Attention heads per layer. */
    public Builder heads(int count) {
      heads = count;
      return this;
    }

    /** Key and value heads per layer, which divide the heads. As many as heads if not given. */
    public Builder keyValueHeads(int count) {
      keyValueHeads = count;
      return this;
    }

    /** Width of the residual stream. */
    public Builder dModel(int width) {
      dModel = width;
      return this;
    }

    /** Width of a head. */
    public Builder dHead(int width) {
      dHead = width;
      return this;
    }

    /** The longest text, in tokens. */
    public Builder context(int tokens) {
      context = tokens;
      return this;
    }

    /** Number of tokens that the model can read. */
    public Builder vocabulary(int tokens) {
      vocabulary = tokens;
      return this;
    }

    /** Number of tokens that the model can predict. As many as it reads if not given. */
    public Builder vocabularyOut(int tokens) {
      vocabularyOut = tokens;
      return this;
    }

    /**
     * @throws FresnelException if a size is missing or below 1, or the key-value heads do not
     *     divide the heads
     */
    public Sizes build() {
      return new Sizes(this);
    }

    @Override
    public String toString() {
      return "Sizes.Builder[layers=%s, heads=%s, keyValueHeads=%s, dModel=%s, dHead=%s, context=%s, vocabulary=%s, vocabularyOut=%s]"
          .formatted(
              layers, heads, keyValueHeads, dModel, dHead, context, vocabulary, vocabularyOut);
    }
  }
}
