package dev.fresnel.viz;

import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.HeadValues;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a page holds of an {@link AttentionFigure}: its texts, packed, and the detectors' scores.
 *
 * @param precision how exactly the weights are stored
 */
record AttentionData(
    List<TextAttention> texts, List<HeadScores> scores, boolean difference, Precision precision) {
  /**
   * The longest text, in tokens, whose weights keep four significant digits; longer ones keep two
   * decimals.
   */
  private static final int EXACT_TOKENS = 128;

  /** The best precision that these texts are stored with. */
  static Precision finest(List<TextAttention> texts) {
    boolean exact =
        texts.stream()
            .map(TextAttention::contents)
            .allMatch(each -> each.tokens().size() <= EXACT_TOKENS || !each.shares());
    return exact ? Precision.FLOAT24 : Precision.SQRT8;
  }

  /** The values of a figure whose blocks' names begin with the prefix. */
  FigureData of(String prefix) {
    var blocks = new ArrayList<FigureData.Named>();
    var notes = new LinkedHashSet<String>();
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("texts")
              .array(
                  () -> {
                    for (int i = 0; i < texts.size(); i++) {
                      var own = texts.size() == 1 ? prefix : prefix + "-text-" + i;
                      text(json, own, texts.get(i), blocks, notes);
                    }
                  });
          json.name("tier").text(precision.label());
          json.name("difference").bool(difference);
          json.name("scores")
              .array(
                  scores,
                  (j, each) ->
                      j.object(
                          () ->
                              j.name("name")
                                  .text(each.detector())
                                  .name("values")
                                  .rows(rows(each.values()))));
          json.name("note").text(notes.isEmpty() ? null : String.join(" ", notes));
        });
    return FigureData.of("fresnel-attention", prefix, json, blocks);
  }

  private static double[][] rows(HeadValues values) {
    var rows = new double[values.layers()][values.heads()];
    values.all().forEach(each -> rows[each.head().layer()][each.head().head()] = each.score());
    return rows;
  }

  private void text(
      ScriptJson json,
      String prefix,
      TextAttention text,
      List<FigureData.Named> blocks,
      LinkedHashSet<String> notes) {
    var contents = text.contents();
    var packed = PackedAttention.of(text.patterns(), contents.causal(), precision);
    for (int i = 0; i < packed.blocks().size(); i++) {
      var id = prefix + "-layer-" + contents.layers().get(i).layer();
      blocks.add(new FigureData.Named(id, packed.blocks().get(i)));
    }
    note(packed).forEach(notes::add);
    json.object(
        () -> {
          json.name("name").text(text.name());
          json.name("tokens").line(contents.tokens());
          json.name("layers").array(contents.layers(), (j, each) -> layer(j, prefix, each));
          json.name("causal").bool(contents.causal());
          json.name("signed").bool(contents.signed());
          json.name("max").number(contents.greatest());
          optional(json, "norms", prefix, text.packedNorms(), blocks);
          optional(json, "rollout", prefix, text.rollout(precision), blocks);
        });
  }

  /** Names a block that not every text has. */
  private static void optional(
      ScriptJson json,
      String name,
      String prefix,
      @Nullable DataBlock block,
      List<FigureData.Named> blocks) {
    var id = prefix + "-" + name;
    json.name(name).text(block == null ? null : id);
    if (block != null) {
      blocks.add(new FigureData.Named(id, block));
    }
  }

  private static void layer(ScriptJson json, String prefix, TextAttention.Layer each) {
    json.object(
        () ->
            json.name("layer")
                .number(each.layer())
                .name("heads")
                .number(each.heads())
                .name("first")
                .number(each.first())
                .name("block")
                .text(prefix + "-layer-" + each.layer()));
  }

  /** Says what this page leaves out of a text. */
  private Stream<String> note(PackedAttention packed) {
    var kept = packed.kept();
    if (kept != null) {
      return Stream.of(
          String.format(
              Locale.ROOT,
              "To keep the page small, it holds only the %d greatest weights of each destination"
                  + " token, and of these only weights of at least 0.005. They are %.1f %% of the"
                  + " attention on average, and %.1f %% in the row that loses most. Raise the"
                  + " report's budget for more.",
              precision.keys(),
              100 * kept.mean(),
              100 * kept.least()));
    }
    if (precision != finest(texts)) {
      return Stream.of(
          "To keep the page small, weights are stored with two decimals."
              + " Raise the report's budget for four significant digits.");
    }
    return Stream.empty();
  }
}
