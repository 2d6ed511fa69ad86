package dev.fresnel.cli;

import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.ScoredHead;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Token;
import dev.fresnel.text.Tokens;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
import dev.fresnel.viz.Labels;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The result of {@code heads}. */
record HeadsDocument(
    String model,
    boolean bos,
    List<Token> tokens,
    @Nullable RepeatedRandom repeatedRandom,
    double threshold,
    List<Detector> detectors)
    implements Document {
  private static final int HEADS_A_LINE = 5;

  /** How many heads of a detector the text shows: three lines. JSON holds all. */
  private static final int HEADS_SHOWN = 15;

  /**
   * Random tokens that come twice.
   *
   * @param half how many come twice
   * @param texts how many texts of them
   * @param length how many tokens a text has, BOS included
   * @param seed what the tokens follow from
   */
  record RepeatedRandom(int half, int texts, int length, long seed) {}

  /**
   * One detector's result.
   *
   * @param scores [layer][head]; NaN where the rule holds nowhere in the text
   * @param heads the heads above the threshold, the strongest first
   */
  record Detector(String name, double[][] scores, List<Head> heads) {
    static Detector of(HeadScores scores, double threshold) {
      return new Detector(
          scores.detector(),
          scores.values().toArray(),
          scores.above(threshold).stream().map(Head::of).toList());
    }

    boolean defined() {
      return !Double.isNaN(scores[0][0]);
    }
  }

  /** One head with its score. */
  record Head(int layer, int head, String label, double score) {
    static Head of(ScoredHead scored) {
      return new Head(
          scored.head().layer(), scored.head().head(), scored.head().label(), scored.score());
    }
  }

  static HeadsDocument of(
      Transformer model, Tokens tokens, double threshold, List<HeadScores> scores) {
    return new HeadsDocument(
        model.config().name(),
        tokens.startsWithBos(),
        tokens.row(0),
        null,
        threshold,
        scores.stream().map(each -> Detector.of(each, threshold)).toList());
  }

  static HeadsDocument of(
      Transformer model,
      RepeatedRandom sizes,
      boolean bos,
      double threshold,
      List<HeadScores> scores) {
    return new HeadsDocument(
        model.config().name(),
        bos,
        List.of(),
        sizes,
        threshold,
        scores.stream().map(each -> Detector.of(each, threshold)).toList());
  }

  @Override
  public String text() {
    var text = new StringBuilder(headline());
    text.append(repeatedRandom == null ? "; " : "\n")
        .append("heads with a score above ")
        .append(threshold)
        .append('\n');
    for (Detector detector : detectors) {
      text.append('\n').append(detector.name()).append('\n').append(lines(detector));
    }
    return text.toString();
  }

  /** The scores of every rule that the text has a place for. */
  @Override
  public Optional<Figure> figure() {
    var maps =
        detectors.stream()
            .filter(Detector::defined)
            .map(
                each ->
                    HeatMap.of(
                            each.name(),
                            each.scores(),
                            Labels.layers(each.scores().length),
                            Labels.heads(each.scores()[0].length))
                        .unit("score"))
            .toList();
    return maps.isEmpty() ? Optional.empty() : Optional.of(Figure.heatMaps(maps));
  }

  private String headline() {
    if (repeatedRandom == null) {
      return Headline.of(model, tokens, bos);
    }
    return "%s read %d texts of %d random tokens twice (seed %d), %s BOS"
        .formatted(
            Visible.message(model),
            repeatedRandom.texts(),
            repeatedRandom.half(),
            repeatedRandom.seed(),
            bos ? "with" : "without");
  }

  private static String lines(Detector detector) {
    if (!detector.defined()) {
      return "  the text has no place for it\n";
    }
    if (detector.heads().isEmpty()) {
      return "  none\n";
    }
    var lines = new StringBuilder();
    int found = detector.heads().size();
    int shown = Math.min(found, HEADS_SHOWN);
    for (int i = 0; i < shown; i++) {
      Head head = detector.heads().get(i);
      lines.append(String.format(Locale.ROOT, "  %-7s%5.3f", head.label(), head.score()));
      lines.append(i == shown - 1 || i % HEADS_A_LINE == HEADS_A_LINE - 1 ? "\n" : " ");
    }
    if (shown < found) {
      lines.append(
          "  and %d more of %d heads; --threshold lists fewer, --json all\n"
              .formatted(found - shown, found));
    }
    return lines.toString();
  }
}
