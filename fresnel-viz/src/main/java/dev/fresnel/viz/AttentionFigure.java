package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.HashSet;
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

  private final List<AttentionPattern> patterns;
  private final Range range;
  private final Precision precision;

  /**
   * What the weights of all patterns have in common.
   *
   * @param causal every weight of a key after its query is 0
   * @param shares every weight is from 0 to 1
   * @param greatest the greatest finite weight, at least 0
   */
  private record Range(boolean causal, boolean shares, float greatest) {
    static Range of(List<AttentionPattern> patterns) {
      boolean causal = true;
      boolean shares = true;
      float greatest = 0;
      for (var pattern : patterns) {
        for (var head : pattern.weights()) {
          for (int query = 0; query < head.length; query++) {
            for (int key = 0; key < head.length; key++) {
              float weight = head[query][key];
              causal &= key <= query || weight == 0;
              shares &= weight >= 0 && weight <= 1 + ROUNDING;
              greatest = Float.isFinite(weight) ? Math.max(greatest, weight) : greatest;
            }
          }
        }
      }
      return new Range(causal, shares, greatest);
    }
  }

  private AttentionFigure(
      @Nullable String title, List<AttentionPattern> patterns, Range range, Precision precision) {
    super(title);
    this.patterns = patterns;
    this.range = range;
    this.precision = precision;
  }

  static AttentionFigure of(List<AttentionPattern> patterns) {
    check(patterns);
    var range = Range.of(patterns);
    return new AttentionFigure(null, patterns, range, finest(patterns, range));
  }

  private static Precision finest(List<AttentionPattern> patterns, Range range) {
    return patterns.get(0).tokens().size() <= EXACT_TOKENS || !range.shares()
        ? Precision.FLOAT24
        : Precision.SQRT8;
  }

  private static void check(List<AttentionPattern> patterns) {
    if (patterns.isEmpty()) {
      throw new FresnelException(
          "an attention figure needs at least one pattern, got none; add AttentionPattern.of(run, layer)");
    }
    var layers = new HashSet<Integer>();
    var tokens = patterns.get(0).tokens();
    if (tokens.size() > MOST_TOKENS) {
      throw new FresnelException(
          "an attention figure shows up to "
              + MOST_TOKENS
              + " tokens, got "
              + tokens.size()
              + "; give a shorter text");
    }
    for (var pattern : patterns) {
      if (!layers.add(pattern.layer())) {
        throw new FresnelException(
            "an attention figure has two patterns of layer "
                + pattern.layer()
                + "; give each layer once");
      }
      if (!pattern.tokens().equals(tokens)) {
        throw new FresnelException(
            "the patterns of one figure are of one text; layer "
                + pattern.layer()
                + " has other tokens than layer "
                + patterns.get(0).layer());
      }
    }
  }

  @Override
  public Figure titled(String title) {
    return new AttentionFigure(title, patterns, range, precision);
  }

  @Override
  String ownTitle() {
    return patterns.size() == 1
        ? "Attention, layer " + patterns.get(0).layer()
        : "Attention, " + counted(patterns.size(), "layer");
  }

  @Override
  String subtitle() {
    long heads = patterns.stream().mapToLong(AttentionPattern::heads).sum();
    return counted(heads, "head")
        + ", "
        + counted(patterns.get(0).tokens().size(), "token")
        + ". Hover over a head or a token to see it, click to lock it, click again or press Esc to unlock.";
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
    return new AttentionFigure(givenTitle(), patterns, range, other);
  }

  private long estimate(Precision precision) {
    long size = patterns.get(0).tokens().size();
    long heads = patterns.stream().mapToLong(AttentionPattern::heads).sum();
    return precision.estimate(
        heads * (range.causal() ? size * (size + 1) / 2 : size * size), heads * size);
  }

  @Override
  FigureData data(String prefix) {
    var packed = PackedAttention.of(patterns, range.causal(), precision);
    var blocks = new ArrayList<FigureData.Named>();
    for (int i = 0; i < patterns.size(); i++) {
      blocks.add(
          new FigureData.Named(
              prefix + "-layer-" + patterns.get(i).layer(), packed.blocks().get(i)));
    }
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("tokens").line(patterns.get(0).tokens());
          json.name("layers").array(patterns, (j, pattern) -> layer(j, prefix, pattern));
          json.name("tier").text(precision.label());
          json.name("causal").bool(range.causal());
          json.name("max").number(range.greatest());
          json.name("note").text(note(packed));
        });
    return FigureData.of("fresnel-attention", prefix, json, blocks);
  }

  private static void layer(ScriptJson json, String prefix, AttentionPattern pattern) {
    json.object(
        () ->
            json.name("layer")
                .number(pattern.layer())
                .name("heads")
                .number(pattern.heads())
                .name("block")
                .text(prefix + "-layer-" + pattern.layer()));
  }

  /** Says what this page leaves out; null where it leaves out nothing. */
  private @Nullable String note(PackedAttention packed) {
    var kept = packed.kept();
    if (kept != null) {
      return String.format(
          Locale.ROOT,
          "To keep the page small, it holds only the %d greatest weights of each destination token,"
              + " and of these only weights of at least 0.005. They are %.1f %% of the attention on"
              + " average, and %.1f %% in the row that loses most. Raise the report's budget for more.",
          precision.keys(),
          100 * kept.mean(),
          100 * kept.least());
    }
    if (precision != finest(patterns, range)) {
      return "To keep the page small, weights are stored with two decimals."
          + " Raise the report's budget for four significant digits.";
    }
    return null;
  }
}
