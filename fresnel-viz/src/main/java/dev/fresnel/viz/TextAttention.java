package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.AttentionRollout;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.ValueNorms;
import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One text of an attention figure.
 *
 * @param name by which a reader chooses it
 * @param patterns read anew for each packing: a list may compute a layer when it is read, and keep
 *     none
 * @param norms what the weights can be multiplied with; null where there are no norms
 */
record TextAttention(
    String name, List<AttentionPattern> patterns, Contents contents, @Nullable ValueNorms norms) {
  /** The longest text, in tokens: a page stores the position of a key in two bytes. */
  private static final int MOST_TOKENS = 65_535;

  /** The longest text, in tokens, whose rollout a page has: it takes a second of computing. */
  private static final int MOST_ROLLED_OUT = 512;

  /** How far a weight may exceed 1: the rounding of a softmax in 32-bit floats, with room. */
  private static final float ROUNDING = 0.001f;

  static TextAttention of(String name, List<AttentionPattern> patterns) {
    if (patterns.isEmpty()) {
      throw new FresnelException(
          "an attention figure needs at least one pattern, got none; add AttentionPattern.of(run,"
              + " layer)");
    }
    return new TextAttention(name, patterns, Contents.of(patterns), null);
  }

  TextAttention named(String other) {
    return new TextAttention(other, patterns, contents, norms);
  }

  /**
   * @throws FresnelException if the norms are of other heads or of a text of another length
   */
  TextAttention weighted(ValueNorms norms) {
    int most = contents.layers().stream().mapToInt(Layer::layer).max().orElse(0);
    int heads = contents.layers().get(0).heads();
    if (norms.layers() <= most
        || norms.heads() != heads
        || norms.length() != contents.tokens().size()) {
      throw new FresnelException(
          "the norms are of %d layers, %d heads and %d tokens, the patterns of layers to %d, %d heads and %d tokens; take both from one run, and call weighted(…) before onlyHead(…)"
              .formatted(
                  norms.layers(),
                  norms.heads(),
                  norms.length(),
                  most,
                  heads,
                  contents.tokens().size()));
    }
    return new TextAttention(name, patterns, contents, norms);
  }

  /**
   * The same text with one head alone.
   *
   * @throws FresnelException if there is no such head
   */
  TextAttention only(HeadId head) {
    int index = 0;
    for (var layer : contents.layers()) {
      if (layer.layer() == head.layer() && layer.has(head.head())) {
        return only(head, patterns.get(index), layer.first());
      }
      index++;
    }
    throw new FresnelException(
        "the figure has no head %s; it has %s"
            .formatted(
                head,
                contents.layers().stream().map(Layer::label).collect(Collectors.joining(", "))));
  }

  private TextAttention only(HeadId head, AttentionPattern pattern, int first) {
    float[][] weights = new float[contents.tokens().size()][];
    for (int query = 0; query < weights.length; query++) {
      weights[query] = pattern.row(head.head() - first, query);
    }
    var one = new AttentionPattern(head.layer(), pattern.tokens(), new float[][][] {weights});
    var found = Contents.of(List.of(one)).from(head.head());
    return new TextAttention(name, List.of(one), found, norms);
  }

  /** Whether the two have the same layers and heads, and texts of one length. */
  boolean fits(TextAttention other) {
    return contents.layers().equals(other.contents.layers())
        && contents.tokens().size() == other.contents.tokens().size();
  }

  /**
   * Writes a line per weight that is at least so far from zero, or NaN, with the text's name before
   * it where there are several texts.
   */
  void csv(Csv csv, boolean several, double least) {
    var tokens = contents.tokens();
    int slot = 0;
    for (var pattern : patterns) {
      int first = contents.layers().get(slot++).first();
      for (int head = 0; head < pattern.heads(); head++) {
        for (int query = 0; query < tokens.size(); query++) {
          float[] row = pattern.row(head, query);
          for (int key = 0; key < contents.keys(query); key++) {
            if (Math.abs(row[key]) < least) {
              continue;
            }
            var fields =
                Stream.of(
                    pattern.layer(),
                    first + head,
                    query,
                    tokens.get(query).label(),
                    key,
                    tokens.get(key).label(),
                    row[key]);
            csv.line((several ? Stream.concat(Stream.of(name), fields) : fields).toArray());
          }
        }
      }
    }
  }

  /** Its weights less another text's. The tokens are those of this one. */
  TextAttention minus(TextAttention other) {
    var differences =
        new AbstractList<AttentionPattern>() {
          @Override
          public AttentionPattern get(int index) {
            return difference(patterns.get(index), other.patterns.get(index));
          }

          @Override
          public int size() {
            return patterns.size();
          }
        };
    var found = Contents.of(differences).from(contents.layers().get(0).first());
    return new TextAttention(name + " less " + other.name, differences, found, null);
  }

  private static AttentionPattern difference(AttentionPattern first, AttentionPattern second) {
    float[][][] weights = first.weights();
    for (int head = 0; head < weights.length; head++) {
      for (int query = 0; query < weights[head].length; query++) {
        float[] other = second.row(head, query);
        for (int key = 0; key < other.length; key++) {
          weights[head][query][key] -= other[key];
        }
      }
    }
    return new AttentionPattern(first.layer(), first.tokens(), weights);
  }

  /** Whether every layer from the first is here, so that there is a rollout, and it is cheap. */
  private boolean rollsOut() {
    var layers = contents.layers();
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).layer() != i) {
        return false;
      }
    }
    return layers.size() > 1 && contents.shares() && contents.tokens().size() <= MOST_ROLLED_OUT;
  }

  /**
   * The rollout as a page stores it, like a head of the given precision; a sparse one's is dense in
   * bytes. Null for none.
   */
  @Nullable DataBlock rollout(Precision precision) {
    if (!rollsOut()) {
      return null;
    }
    var rollout = AttentionRollout.of(patterns);
    var weights = new float[1][contents.tokens().size()][];
    for (int query = 0; query < weights[0].length; query++) {
      weights[0][query] = rollout.row(query);
    }
    var pattern = new AttentionPattern(0, contents.tokens(), weights);
    var dense = precision.sparse() ? Precision.SQRT8 : precision;
    return PackedAttention.of(List.of(pattern), contents.causal(), dense).blocks().get(0);
  }

  /** The norms of values, then those of outputs, [head][key] each; null for none. */
  @Nullable DataBlock packedNorms() {
    if (norms == null) {
      return null;
    }
    var floats = new Floats24(Math.toIntExact(2 * contents.heads() * contents.tokens().size()));
    for (int kind = 0; kind < 2; kind++) {
      for (var layer : contents.layers()) {
        for (int head = 0; head < layer.heads(); head++) {
          var id = new HeadId(layer.layer(), layer.first() + head);
          for (float norm : kind == 0 ? norms.values(id) : norms.outputs(id)) {
            floats.add(norm);
          }
        }
      }
    }
    return DataBlock.of(floats.bytes());
  }

  /**
   * One layer of a figure.
   *
   * @param heads how many of its heads the figure has
   * @param first the number of the first of them
   */
  record Layer(int layer, int heads, int first) {
    boolean has(int head) {
      return head >= first && head < first + heads;
    }

    /** Its heads in words: {@code L5H0 to L5H11}. */
    String label() {
      var from = new HeadId(layer, first).label();
      return heads == 1 ? from : from + " to " + new HeadId(layer, first + heads - 1).label();
    }
  }

  /**
   * What the figure knows of its patterns without reading them again.
   *
   * @param causal every weight of a key after its query is 0
   * @param shares every weight is from 0 to 1
   * @param signed some weight is below 0
   * @param greatest the greatest size of a finite weight
   * @param strongest the weights farthest from zero
   */
  record Contents(
      List<Token> tokens,
      List<Layer> layers,
      boolean causal,
      boolean shares,
      boolean signed,
      float greatest,
      List<StrongestWeights.Weight> strongest) {
    static Contents of(List<AttentionPattern> patterns) {
      List<Token> tokens = List.of();
      var layers = new ArrayList<Layer>();
      boolean causal = true;
      boolean shares = true;
      boolean signed = false;
      float greatest = 0;
      var strongest = new StrongestWeights();
      for (var pattern : patterns) {
        if (layers.isEmpty()) {
          tokens = pattern.tokens();
          requireShort(tokens);
        }
        requireAnotherLayer(pattern, tokens, layers);
        layers.add(new Layer(pattern.layer(), pattern.heads(), 0));
        for (int head = 0; head < pattern.heads(); head++) {
          for (int query = 0; query < tokens.size(); query++) {
            float[] row = pattern.row(head, query);
            strongest.add(pattern.layer(), head, query, row);
            for (int key = 0; key < row.length; key++) {
              float weight = row[key];
              causal &= key <= query || weight == 0;
              shares &= weight >= 0 && weight <= 1 + ROUNDING;
              signed |= weight < 0;
              greatest = Float.isFinite(weight) ? Math.max(greatest, Math.abs(weight)) : greatest;
            }
          }
        }
      }
      return new Contents(
          tokens, List.copyOf(layers), causal, shares, signed, greatest, strongest.list());
    }

    /** The same of a figure whose only layer begins with another head. */
    Contents from(int first) {
      var named =
          layers.stream().map(each -> new Layer(each.layer(), each.heads(), first)).toList();
      var weights = strongest.stream().map(each -> each.from(first)).toList();
      return new Contents(tokens, named, causal, shares, signed, greatest, weights);
    }

    /** How many weights there are that a page stores. */
    long weights() {
      return heads() * cells();
    }

    long heads() {
      return layers.stream().mapToLong(Layer::heads).sum();
    }

    /** How many keys a query has. */
    int keys(int query) {
      return causal ? query + 1 : tokens.size();
    }

    /** How many weights a head has that a page stores. */
    int cells() {
      long size = tokens.size();
      return Math.toIntExact(causal ? size * (size + 1) / 2 : size * size);
    }

    private static void requireShort(List<Token> tokens) {
      if (tokens.size() > MOST_TOKENS) {
        throw new FresnelException(
            "an attention figure shows up to "
                + MOST_TOKENS
                + " tokens, got "
                + tokens.size()
                + "; give a shorter text");
      }
    }

    private static void requireAnotherLayer(
        AttentionPattern pattern, List<Token> tokens, List<Layer> before) {
      int layer = pattern.layer();
      if (before.stream().anyMatch(each -> each.layer() == layer)) {
        throw new FresnelException(
            "an attention figure has two patterns of layer " + layer + "; give each layer once");
      }
      if (!pattern.tokens().equals(tokens)) {
        throw new FresnelException(
            "the patterns of one figure are of one text; layer "
                + layer
                + " has other tokens than layer "
                + before.get(0).layer()
                + ": make a figure for each text");
      }
    }
  }
}
