package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The attention patterns of one text, in an explorer. */
final class AttentionFigure extends Figure {
  /**
   * The longest text, in tokens, whose weights keep four significant digits; longer ones keep two
   * decimals.
   */
  private static final int EXACT_TOKENS = 128;

  /** How far a weight may exceed 1: the rounding of a softmax in 32-bit floats, with room. */
  private static final float ROUNDING = 0.001f;

  /** The longest text, in tokens: a page stores the position of a key in two bytes. */
  private static final int MOST_TOKENS = 65_535;

  /** Read anew for each packing: it may compute a layer when it is read, and keep none. */
  private final List<AttentionPattern> patterns;

  private final Contents contents;
  private final Precision precision;

  /** One layer and the number of its heads. */
  private record Layer(int layer, int heads) {}

  /**
   * What the figure knows of its patterns without reading them again.
   *
   * @param causal every weight of a key after its query is 0
   * @param shares every weight is from 0 to 1
   * @param greatest the greatest finite weight, at least 0
   */
  private record Contents(
      List<Token> tokens, List<Layer> layers, boolean causal, boolean shares, float greatest) {
    static Contents of(List<AttentionPattern> patterns) {
      List<Token> tokens = List.of();
      var layers = new ArrayList<Layer>();
      boolean causal = true;
      boolean shares = true;
      float greatest = 0;
      for (var pattern : patterns) {
        if (layers.isEmpty()) {
          tokens = pattern.tokens();
          requireShort(tokens);
        }
        requireAnotherLayer(pattern, tokens, layers);
        layers.add(new Layer(pattern.layer(), pattern.heads()));
        for (int head = 0; head < pattern.heads(); head++) {
          for (int query = 0; query < tokens.size(); query++) {
            float[] row = pattern.row(head, query);
            for (int key = 0; key < row.length; key++) {
              float weight = row[key];
              causal &= key <= query || weight == 0;
              shares &= weight >= 0 && weight <= 1 + ROUNDING;
              greatest = Float.isFinite(weight) ? Math.max(greatest, weight) : greatest;
            }
          }
        }
      }
      return new Contents(tokens, List.copyOf(layers), causal, shares, greatest);
    }

    long heads() {
      return layers.stream().mapToLong(Layer::heads).sum();
    }

    Precision finest() {
      return tokens.size() <= EXACT_TOKENS || !shares ? Precision.FLOAT24 : Precision.SQRT8;
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

  private AttentionFigure(
      @Nullable String title,
      List<AttentionPattern> patterns,
      Contents contents,
      Precision precision) {
    super(title);
    this.patterns = patterns;
    this.contents = contents;
    this.precision = precision;
  }

  static AttentionFigure of(List<AttentionPattern> patterns) {
    if (patterns.isEmpty()) {
      throw new FresnelException(
          "an attention figure needs at least one pattern, got none; add AttentionPattern.of(run,"
              + " layer)");
    }
    var contents = Contents.of(patterns);
    return new AttentionFigure(null, patterns, contents, contents.finest());
  }

  @Override
  public Figure titled(String title) {
    return new AttentionFigure(title, patterns, contents, precision);
  }

  @Override
  String ownTitle() {
    var layers = contents.layers();
    return layers.size() == 1
        ? "Attention, layer " + layers.get(0).layer()
        : "Attention, " + counted(layers.size(), "layer");
  }

  @Override
  String subtitle() {
    return counted(contents.heads(), "head")
        + ", "
        + counted(contents.tokens().size(), "token")
        + ". Hover over a head or a token to see it, click to lock it, click again or press Esc to"
        + " unlock.";
  }

  @Override
  Optional<Figure> coarser() {
    return precision.last() ? Optional.empty() : Optional.of(at(precision.next()));
  }

  @Override
  Figure atMost(long characters) {
    var chosen = precision;
    while (!chosen.last() && estimate(chosen) > characters) {
      chosen = chosen.next();
    }
    return at(chosen);
  }

  private AttentionFigure at(Precision other) {
    return new AttentionFigure(givenTitle(), patterns, contents, other);
  }

  private long estimate(Precision precision) {
    long size = contents.tokens().size();
    long heads = contents.heads();
    return precision.estimate(
        heads * (contents.causal() ? size * (size + 1) / 2 : size * size), heads * size);
  }

  @Override
  FigureData data(String prefix) {
    var packed = PackedAttention.of(patterns, contents.causal(), precision);
    var blocks = new ArrayList<FigureData.Named>();
    var layers = contents.layers();
    for (int i = 0; i < layers.size(); i++) {
      blocks.add(
          new FigureData.Named(prefix + "-layer-" + layers.get(i).layer(), packed.blocks().get(i)));
    }
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("tokens").line(contents.tokens());
          json.name("layers").array(layers, (j, each) -> layer(j, prefix, each));
          json.name("tier").text(precision.label());
          json.name("causal").bool(contents.causal());
          json.name("max").number(contents.greatest());
          json.name("note").text(note(packed));
        });
    return FigureData.of("fresnel-attention", prefix, json, blocks);
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    var heads = contents.layers().stream().map(Layer::heads).toList();
    return new AttentionDrawing(
        patterns, heads, contents.causal(), contents.greatest(), width, theme);
  }

  @Override
  void csv(Csv csv) {
    csv.line(
        "layer", "head", "destination", "destination_token", "source", "source_token", "weight");
    var tokens = contents.tokens();
    for (var pattern : patterns) {
      for (int head = 0; head < pattern.heads(); head++) {
        for (int query = 0; query < tokens.size(); query++) {
          float[] row = pattern.row(head, query);
          for (int key = 0; key < (contents.causal() ? query + 1 : row.length); key++) {
            csv.line(
                pattern.layer(),
                head,
                query,
                tokens.get(query).label(),
                key,
                tokens.get(key).label(),
                row[key]);
          }
        }
      }
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    AttentionText.write(patterns, contents.causal(), contents.greatest(), terminal, out);
  }

  private static void layer(ScriptJson json, String prefix, Layer each) {
    json.object(
        () ->
            json.name("layer")
                .number(each.layer())
                .name("heads")
                .number(each.heads())
                .name("block")
                .text(prefix + "-layer-" + each.layer()));
  }

  /** Says what this page leaves out; null where it leaves out nothing. */
  private @Nullable String note(PackedAttention packed) {
    var kept = packed.kept();
    if (kept != null) {
      return String.format(
          Locale.ROOT,
          "To keep the page small, it holds only the %d greatest weights of each destination token,"
              + " and of these only weights of at least 0.005. They are %.1f %% of the attention on"
              + " average, and %.1f %% in the row that loses most. Raise the report's budget for"
              + " more.",
          precision.keys(),
          100 * kept.mean(),
          100 * kept.least());
    }
    if (precision != contents.finest()) {
      return "To keep the page small, weights are stored with two decimals."
          + " Raise the report's budget for four significant digits.";
    }
    return null;
  }
}
