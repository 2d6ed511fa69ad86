package dev.fresnel.load;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A transformer whose weights were written, not trained: two layers of three attention heads, no
 * MLP, no norm. Every head is a textbook head, and every weight can be read as a sentence. What a
 * detector should find in it is known exactly, so it shows whether the detector works.
 *
 * <p><b>The residual stream</b> has a direction for each thing that there is to say:
 *
 * <pre>
 *   0 ..  256   "the token here is t"           written by the embedding
 * 257 ..  513   "the token before here is t"    written by head L0H0
 * 514 ..  770   "the token next is t"           written by head L1H1, read by the unembedding
 * 771 .. 1282   "here is position p"            positions; only queries and keys see them (shortformer)
 * </pre>
 *
 * <p><b>A head</b> has 770 dimensions to compare in: 257 for tokens, 512 for positions, and one
 * more. A query asks for something with a weight, a key offers it, and the score is the product.
 * Scores are whole numbers far enough apart that softmax gives the winner all, within float32's
 * precision; they are not divided by the square root of 770.
 *
 * <pre>
 * L0H0 previous token    position p asks for position p-1
 * L0H1 current token     position p asks for position p
 * L0H2 first token       every position asks for the first
 * L1H0 duplicate token   asks for its own token, not at its own position, and the later the better
 * L1H1 induction         asks for "the token before here is mine", and the later the better
 * L1H2 everything        asks for nothing: every position gets the same weight
 * </pre>
 *
 * <p><b>Induction</b> takes two layers. L0H0 copies each token to the position behind it; then L1H1
 * finds the position behind the last time its own token occurred, and copies the token there to
 * "the token next". So "abc…ab" continues with "c", with a probability of 0.998. The other heads
 * copy nothing.
 *
 * <p><b>At rest.</b> Where L1H0 and L1H1 find no match, a BOS gets them, since it offers half a
 * match; in a text without BOS they rest on their own position. At rest on BOS nothing is
 * predicted: all tokens are equally likely. (A BOS in the middle of a text draws attention too;
 * everything above holds for texts with BOS at the beginning or nowhere.)
 *
 * <p>Why a direction for each position, when nine bits would number them: L1H0 must turn away from
 * its own position and yet keep the order of all others, and a sum over bits cannot tell one
 * position from all others alike.
 *
 * <p>The tokens are the 256 bytes and {@code <|bos|>}; texts are up to 512 tokens. Some 24 million
 * weights, nearly all zero, 95 MB.
 */
final class HandMadeModel {
  static final String NAME = "by-hand";

  private static final int LAYERS = 2;
  private static final int HEADS = 3;
  private static final int CONTEXT = 512;
  private static final int VOCABULARY = 257;
  private static final int BOS = 256;

  private static final int TOKEN = 0;
  private static final int PREVIOUS = TOKEN + VOCABULARY;
  private static final int NEXT = PREVIOUS + VOCABULARY;
  private static final int POSITION = NEXT + VOCABULARY;
  private static final int WIDTH = POSITION + CONTEXT;

  /**
   * A head's dimensions: tokens are compared in the first, positions in these, and one for the
   * rest.
   */
  private static final int PLACE = VOCABULARY;

  private static final int EXTRA = PLACE + CONTEXT;
  private static final int HEAD_WIDTH = EXTRA + 1;

  /** A score that leaves nothing to the others: exp(-128) is 0 in float32. */
  private static final float CERTAIN = 128;

  /** How much a position is worth over the one before it: exp(-32) is nothing to float32. */
  private static final float LATER = 32;

  /** A match outweighs being later, by all 512 positions and more than twice over. */
  private static final float MATCH = 1 << 17;

  private static final float HALF = 0.5f;

  /** What L1H0 takes from its own position, leaving it less than half a match. */
  private static final float NOT_HERE = 3 << 15;

  private static final float GAIN = 12;

  private final float[] wQ = new float[WIDTH * HEADS * HEAD_WIDTH];
  private final float[] wK = new float[WIDTH * HEADS * HEAD_WIDTH];
  private final float[] wV = new float[WIDTH * HEADS * HEAD_WIDTH];
  private final float[] wO = new float[HEADS * HEAD_WIDTH * WIDTH];

  private HandMadeModel() {}

  static ModelConfig config() {
    var sizes =
        Sizes.builder()
            .layers(LAYERS)
            .heads(HEADS)
            .dModel(WIDTH)
            .dHead(HEAD_WIDTH)
            .context(CONTEXT)
            .vocabulary(VOCABULARY)
            .build();
    return ModelConfig.attentionOnly(NAME, sizes, new Norm.None(), new Positional.Shortformer())
        .withAttending(Attending.scaledBy(1));
  }

  static Transformer load(LoadOptions options) {
    if (options.dtype() != DType.FLOAT32 && options.dtype() != DType.FLOAT64) {
      throw new FresnelException(
          NAME
              + " needs float32 or float64: its scores are whole numbers up to 147424, which "
              + options.dtype().label()
              + " cannot hold");
    }
    try (var scope = Scope.open()) {
      var weights = new LinkedHashMap<String, Tensor>();
      weights.put("embed.W_E", diagonal(D_VOCAB, VOCABULARY, TOKEN, 1));
      weights.put("pos_embed.W_pos", diagonal(POS, CONTEXT, POSITION, 1));
      new HandMadeModel().firstLayer().writeTo(weights, 0);
      new HandMadeModel().secondLayer().writeTo(weights, 1);
      weights.put("unembed.W_U", diagonal(D_VOCAB, VOCABULARY, NEXT, GAIN).order(D_MODEL, D_VOCAB));
      weights.replaceAll((name, weight) -> options.placed(weight));
      long bytes =
          weights.values().stream().mapToLong(w -> w.shape().count() * w.dtype().bytes()).sum();
      var provenance = new Provenance(NAME, "made by code", List.of(), "no file", bytes);
      return new Transformer(config(), weights, Tokenizer.bytes(), provenance);
    }
  }

  private HandMadeModel firstLayer() {
    for (int p = 0; p < CONTEXT; p++) {
      if (p > 0) {
        query(0, POSITION + p, PLACE + p - 1, CERTAIN);
      }
      key(0, POSITION + p, PLACE + p, 1);

      query(1, POSITION + p, PLACE + p, CERTAIN);
      key(1, POSITION + p, PLACE + p, 1);

      query(2, POSITION + p, EXTRA, CERTAIN);
    }
    key(2, POSITION, EXTRA, 1);

    for (int t = 0; t < VOCABULARY; t++) {
      copy(0, t, TOKEN + t, PREVIOUS + t);
    }
    return this;
  }

  private HandMadeModel secondLayer() {
    asksForItsToken(0, TOKEN);
    for (int p = 0; p < CONTEXT; p++) {
      query(0, POSITION + p, PLACE + p, -NOT_HERE);
      key(0, POSITION + p, PLACE + p, 1);
    }

    asksForItsToken(1, PREVIOUS);
    for (int t = 0; t < VOCABULARY; t++) {
      if (t != BOS) {
        copy(1, t, TOKEN + t, NEXT + t);
      }
    }
    return this;
  }

  /** A query's own token is sought in one of the keys' subspaces; the latest match wins. */
  private void asksForItsToken(int head, int offered) {
    for (int t = 0; t < VOCABULARY; t++) {
      query(head, TOKEN + t, t, MATCH);
      key(head, offered + t, t, 1);
      if (t != BOS) {
        key(head, TOKEN + BOS, t, HALF);
      }
    }
    for (int p = 0; p < CONTEXT; p++) {
      query(head, POSITION + p, EXTRA, LATER);
      key(head, POSITION + p, EXTRA, p);
    }
  }

  private void query(int head, int from, int to, float weight) {
    wQ[(from * HEADS + head) * HEAD_WIDTH + to] = weight;
  }

  private void key(int head, int from, int to, float weight) {
    wK[(from * HEADS + head) * HEAD_WIDTH + to] = weight;
  }

  /** What a head reads in one direction it writes in another. */
  private void copy(int head, int through, int from, int to) {
    wV[(from * HEADS + head) * HEAD_WIDTH + through] = 1;
    wO[(head * HEAD_WIDTH + through) * WIDTH + to] = 1;
  }

  private void writeTo(Map<String, Tensor> weights, int layer) {
    String name = "blocks." + layer + ".attn.";
    weights.put(name + "W_Q", reader(HEAD, wQ));
    weights.put(name + "W_K", reader(KV_HEAD, wK));
    weights.put(name + "W_V", reader(KV_HEAD, wV));
    Shape writer = Shape.of(HEAD, HEADS).and(D_HEAD, HEAD_WIDTH).and(D_MODEL, WIDTH);
    weights.put(name + "W_O", Tensor.of(writer, wO));
  }

  private static Tensor reader(Dim head, float[] values) {
    Shape shape = Shape.of(D_MODEL, WIDTH).and(head, HEADS).and(D_HEAD, HEAD_WIDTH);
    return Tensor.of(shape, values).order(head, D_MODEL, D_HEAD);
  }

  /** Rows that each say one thing: row i has its weight in direction {@code first + i}. */
  private static Tensor diagonal(Dim rows, int count, int first, float weight) {
    var values = new float[count * WIDTH];
    for (int i = 0; i < count; i++) {
      values[i * WIDTH + first + i] = weight;
    }
    return Tensor.of(Shape.of(rows, count).and(D_MODEL, WIDTH), values);
  }
}
