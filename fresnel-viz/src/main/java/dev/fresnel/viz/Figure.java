package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One picture: what an analysis found, with a title, ready to be put in a {@link Report}. A figure
 * is immutable and computes nothing anew.
 *
 * <pre>{@code
 * Report.titled("Induction heads")
 *     .add(Figure.attention(AttentionPattern.of(run, 5)))
 *     .add(Figure.heads(scores).titled("Who copies?"))
 *     .write(Path.of("induction.html"));
 * }</pre>
 */
public abstract class Figure {
  private final @Nullable String title;

  Figure(@Nullable String title) {
    this.title = title;
  }

  /** The attention of one layer: its heads, one large map, the text. */
  public static Figure attention(AttentionPattern pattern) {
    return attention(List.of(pattern));
  }

  /**
   * The attention of several layers in one explorer.
   *
   * @throws FresnelException if there is no pattern, two of one layer, or two of different texts
   */
  public static Figure attention(List<AttentionPattern> patterns) {
    return AttentionFigure.of(List.copyOf(patterns));
  }

  /** One detector's scores, layers down and heads across, titled by the detector. */
  public static Figure heads(HeadScores scores) {
    return heads(List.of(scores));
  }

  /** The scores of several detectors on the same model, side by side with the same colours. */
  public static Figure heads(List<HeadScores> scores) {
    return HeatMapFigure.ofScores(List.copyOf(scores));
  }

  /** How much each head pushes the logit of the next token; what is not a head beside it. */
  public static Figure attribution(Attribution attribution) {
    return HeatMapFigure.of(attribution);
  }

  /** Numbers in rows and columns, coloured; titled by the map. */
  public static Figure heatMap(HeatMap map) {
    return heatMaps(List.of(map));
  }

  /**
   * Several heat maps side by side with the same colours, titled by their names.
   *
   * @throws FresnelException if there is none, or they are not all of one unit
   */
  public static Figure heatMaps(List<HeatMap> maps) {
    return HeatMapFigure.of(List.copyOf(maps));
  }

  /** A text, token by token, with indices and ids. */
  public static Figure tokens(List<Token> tokens) {
    return new TokensFigure(null, tokens, List.of());
  }

  /**
   * A text, each token coloured by its value: from white to dark where all are of one sign, else
   * blue, white, orange with zero in the middle.
   *
   * @param values one a token; NaN is shown as such
   * @param label what the values are
   * @throws FresnelException if there are not as many values as tokens
   */
  public static Figure colouredTokens(List<Token> tokens, double[] values, String label) {
    return colouredTokens(tokens, Map.of(label, values));
  }

  /**
   * A text with several values a token, to switch between.
   *
   * @param columns the values by their labels, in the map's order: give a {@code LinkedHashMap}
   * @throws FresnelException if a column has not as many values as there are tokens
   */
  public static Figure colouredTokens(List<Token> tokens, Map<String, double[]> columns) {
    var list =
        columns.entrySet().stream()
            .map(column -> new TokensFigure.Column(column.getKey(), column.getValue()))
            .toList();
    return new TokensFigure(null, tokens, list);
  }

  /** What the model would say after each layer, stages down and positions across. */
  public static Figure lens(LogitLens lens) {
    return new LensFigure(null, lens);
  }

  /** Lines: how quantities change along another one, in one column per run. */
  public static CurvesFigure curves(Curves curves) {
    return new CurvesFigure(null, curves);
  }

  /** This figure under another title. */
  public abstract Figure titled(String title);

  /** The title given, or else one that says what the figure shows. */
  public final String title() {
    return title == null ? ownTitle() : title;
  }

  /** The title given to {@link #titled}; null where there is none. */
  final @Nullable String givenTitle() {
    return title;
  }

  abstract String ownTitle();

  /** A sentence under the title: how to read the figure. */
  abstract String subtitle();

  /** The figure's markup and data, as a page holds them. */
  abstract FigureData data(String prefix);

  /** This figure with less exact and therefore smaller data; empty where there is no such thing. */
  Optional<Figure> coarser() {
    return Optional.empty();
  }

  /**
   * This figure, made coarser until a rough estimate of its data is at most so large, or until it
   * cannot be made coarser.
   */
  Figure atMost(long characters) {
    return this;
  }
}
