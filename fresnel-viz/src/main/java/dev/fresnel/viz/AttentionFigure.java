package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Attention patterns of one text. */
final class AttentionFigure extends Figure {
  /** Texts up to here are kept with four significant digits, longer ones with two decimals. */
  private static final int EXACT_TOKENS = 128;

  private final List<AttentionPattern> patterns;
  private final boolean causal;
  private final boolean inRange;
  private final double max;

  AttentionFigure(@Nullable String title, List<AttentionPattern> patterns) {
    super(title);
    this.patterns = patterns;
    check(patterns);
    boolean zeroAbove = true;
    boolean allInRange = true;
    float greatest = 0;
    for (var pattern : patterns) {
      for (var head : pattern.weights()) {
        for (int query = 0; query < head.length; query++) {
          for (int key = 0; key < head.length; key++) {
            float weight = head[query][key];
            zeroAbove &= key <= query || weight == 0;
            allInRange &= weight >= 0 && weight <= 1.001f;
            greatest = Float.isFinite(weight) ? Math.max(greatest, weight) : greatest;
          }
        }
      }
    }
    this.causal = zeroAbove;
    this.inRange = allInRange;
    this.max = greatest;
  }

  private static void check(List<AttentionPattern> patterns) {
    if (patterns.isEmpty()) {
      throw new IllegalArgumentException(
          "an attention figure needs at least one pattern, got none");
    }
    var layers = new HashSet<Integer>();
    var tokens = patterns.get(0).tokens();
    if (tokens.size() > 65_535) {
      throw new IllegalArgumentException(
          "an attention figure shows up to 65535 tokens, got " + tokens.size());
    }
    for (var pattern : patterns) {
      if (!layers.add(pattern.layer())) {
        throw new IllegalArgumentException("two patterns of layer " + pattern.layer());
      }
      if (!pattern.tokens().equals(tokens)) {
        throw new IllegalArgumentException(
            "the patterns of one figure are of one text; layer "
                + pattern.layer()
                + " has other tokens than layer "
                + patterns.get(0).layer());
      }
      checkShape(pattern, tokens);
    }
  }

  private static void checkShape(AttentionPattern pattern, List<Token> tokens) {
    for (var head : pattern.weights()) {
      boolean square = head.length == tokens.size();
      for (var row : head) {
        square &= row.length == tokens.size();
      }
      if (!square) {
        throw new IllegalArgumentException(
            "weights of layer "
                + pattern.layer()
                + " must be [head]["
                + tokens.size()
                + "]["
                + tokens.size()
                + "], one row and column a token");
      }
    }
  }

  @Override
  public Figure titled(String title) {
    return new AttentionFigure(title, patterns);
  }

  @Override
  String ownTitle() {
    return patterns.size() == 1
        ? "Attention, layer " + patterns.get(0).layer()
        : "Attention, " + patterns.size() + " layers";
  }

  @Override
  String subtitle() {
    long heads = patterns.stream().mapToLong(AttentionPattern::heads).sum();
    return heads
        + (heads == 1 ? " head, " : " heads, ")
        + patterns.get(0).tokens().size()
        + " tokens. Hover over a head or a token to see it, click to lock it, click again or press Esc to unlock.";
  }

  @Override
  Tier tier() {
    return patterns.get(0).tokens().size() <= EXACT_TOKENS || !inRange ? Tier.FLOAT24 : Tier.SQRT8;
  }

  /** About how many characters the page would need at a tier. */
  long estimate(Tier tier) {
    long size = patterns.get(0).tokens().size();
    long heads = patterns.stream().mapToLong(AttentionPattern::heads).sum();
    return tier.estimate(heads * (causal ? size * (size + 1) / 2 : size * size), heads * size);
  }

  @Override
  FigureData data(String prefix, Tier tier) {
    var packed = PackedAttention.of(patterns, causal, tier);
    var blocks = new ArrayList<FigureData.Named>();
    for (int i = 0; i < patterns.size(); i++) {
      blocks.add(
          new FigureData.Named(
              prefix + "-layer-" + patterns.get(i).layer(), packed.blocks().get(i)));
    }
    var json = new Json();
    json.object(
        () -> {
          json.name("tokens").tokens(patterns.get(0).tokens());
          json.name("layers").array(patterns, (j, pattern) -> layer(j, prefix, pattern));
          json.name("tier").text(tier.label());
          json.name("causal").bool(causal);
          json.name("max").number(max);
          json.name("note").text(note(packed));
        });
    return FigureData.of("fresnel-attention", prefix, json, blocks);
  }

  private static void layer(Json json, String prefix, AttentionPattern pattern) {
    json.object(
        () ->
            json.name("layer")
                .number(pattern.layer())
                .name("heads")
                .number(pattern.heads())
                .name("block")
                .text(prefix + "-layer-" + pattern.layer()));
  }

  /** What this page leaves out: never silently. */
  private @Nullable String note(PackedAttention packed) {
    var kept = packed.kept();
    if (kept != null) {
      return String.format(
          Locale.ROOT,
          "To keep the page small, it holds only the %d greatest weights of each destination token,"
              + " and of these only weights of at least 0.005. They are %.1f %% of the attention on"
              + " average, and %.1f %% in the row that loses most. Raise the report's budget for more.",
          packed.tier().keys(),
          100 * kept.mean(),
          100 * kept.least());
    }
    if (packed.tier() != tier()) {
      return "To keep the page small, weights are stored with two decimals."
          + " Raise the report's budget for four significant digits.";
    }
    return null;
  }
}
