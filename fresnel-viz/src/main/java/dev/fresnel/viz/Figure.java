package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.AttentionPatterns;
import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.CacheContents;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.LensTrajectory;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.NeuronActivations;
import dev.fresnel.analysis.TensorValues;
import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.analysis.patch.Sweep;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One picture with a title, to be added to a {@link Report}. A figure shows what an analysis found;
 * it is immutable.
 *
 * <pre>{@code
 * Report.titled("Induction heads")
 *     .add(Figure.attention(AttentionPattern.of(run, 5)))
 *     .add(Figure.heads(scores).titled("Who copies?"))
 *     .write(Path.of("induction.html"));
 * }</pre>
 */
public abstract class Figure {
  /** The width of a text file, in characters. */
  private static final int TEXT_COLUMNS = 100;

  private final @Nullable String title;

  Figure(@Nullable String title) {
    this.title = title;
  }

  /** The attention of one layer: a small map per head, one large map, and the text. */
  public static AttentionFigure attention(AttentionPattern pattern) {
    return attention(List.of(pattern));
  }

  /**
   * The attention of several layers in one explorer. Of {@link AttentionPatterns} one layer at a
   * time is in memory; make the page while their run is open.
   *
   * @throws FresnelException if there is no pattern, or two are of one layer or of different texts
   */
  public static AttentionFigure attention(List<AttentionPattern> patterns) {
    return AttentionFigure.of(
        patterns instanceof AttentionPatterns ? patterns : List.copyOf(patterns));
  }

  /**
   * The attention over several texts in one explorer: a reader chooses a text, or the difference of
   * two of one length.
   *
   * @param texts the patterns by the text's name, in the map's order: give a {@code LinkedHashMap}
   * @throws FresnelException if there is no text, or as {@link #attention(List)}
   */
  public static AttentionFigure attention(Map<String, ? extends List<AttentionPattern>> texts) {
    return AttentionFigure.of(texts);
  }

  /**
   * Any tensor: the last two axes are rows and columns, unless {@link TensorFigure#axes} chooses
   * others, and every other axis has a slider. Its numbers are taken at once: the figure stays when
   * the tensor is closed.
   *
   * @throws FresnelException if the tensor is closed or has no numbers
   */
  public static TensorFigure of(Tensor tensor) {
    return of(TensorValues.of(tensor));
  }

  /** The same of numbers that are no tensor. */
  public static TensorFigure of(TensorValues values) {
    return new TensorFigure(null, TensorGrid.of(values));
  }

  /** What a run has captured: a table of hook points, with their shapes and sizes. */
  public static Figure cache(Run run) {
    return new CacheFigure(null, CacheContents.of(run));
  }

  /** One detector's scores: a row per layer, a column per head. */
  public static HeatMapFigure heads(HeadScores scores) {
    return heads(List.of(scores));
  }

  /** The scores of several detectors on the same model: side by side, in the same colours. */
  public static HeatMapFigure heads(List<HeadScores> scores) {
    return HeatMapFigure.ofScores(List.copyOf(scores));
  }

  /** What each head, and beside the heads each other component, adds to a logit or a difference. */
  public static HeatMapFigure attribution(Attribution attribution) {
    return HeatMapFigure.of(attribution);
  }

  /** Numbers in rows and columns, as a heat map. */
  public static HeatMapFigure heatMap(HeatMap map) {
    return heatMaps(List.of(map));
  }

  /**
   * Several heat maps, side by side in the same colours.
   *
   * @throws FresnelException if there is none, or their units differ
   */
  public static HeatMapFigure heatMaps(List<HeatMap> maps) {
    return HeatMapFigure.of(List.copyOf(maps));
  }

  /**
   * A sweep's results as heat maps: normalised where there is a clean and a corrupted run, else the
   * change of the metric.
   */
  public static Figure sweep(Sweep sweep) {
    return SweepMaps.figure(sweep);
  }

  /** A text: each token with its index and its id. */
  public static Figure tokens(List<Token> tokens) {
    return new TokensFigure(null, tokens, List.of());
  }

  /**
   * A text whose tokens are coloured by a value each. The colours run from white at zero to dark;
   * where values lie on both sides of zero, from blue over white at zero to orange.
   *
   * @param values one per token; NaN is marked
   * @param label what the values are
   * @throws FresnelException if there are more or fewer values than tokens
   */
  public static Figure colouredTokens(List<Token> tokens, double[] values, String label) {
    return colouredTokens(tokens, Map.of(label, values));
  }

  /**
   * A text with several values per token. The reader chooses which of them colours the tokens.
   *
   * @param columns the values by label, in the map's order: give a {@code LinkedHashMap}
   * @throws FresnelException if a column has more or fewer values than there are tokens
   */
  public static Figure colouredTokens(List<Token> tokens, Map<String, double[]> columns) {
    var list =
        columns.entrySet().stream()
            .map(column -> new TokensFigure.Column(column.getKey(), column.getValue()))
            .toList();
    return new TokensFigure(null, tokens, list);
  }

  /**
   * A text with the model's predictions: the tokens coloured by their log probability, and for each
   * the likeliest tokens in its place, with its own rank.
   */
  public static Figure predictions(TextPredictions predictions) {
    return new PredictionsFigure(null, predictions);
  }

  /**
   * How well a model predicts a text: its tokens coloured by their log probability, probability,
   * logit, loss, or by the entropy of the prediction. The reader chooses.
   */
  public static Figure performance(TextPredictions predictions) {
    return colouredTokens(predictions.tokens(), PredictionsFigure.columns(predictions));
  }

  /**
   * Texts whose tokens are coloured by a neuron's activations; the reader chooses layer and neuron.
   */
  public static Figure neurons(NeuronActivations activations) {
    return neurons(activations, 0, 0);
  }

  /**
   * The same; it begins with a neuron of choice.
   *
   * @throws FresnelException if there is no such neuron, or a text is empty
   */
  public static Figure neurons(NeuronActivations activations, int layer, int neuron) {
    return NeuronsFigure.of(activations, NeuronsFigure.View.TEXTS, layer, neuron);
  }

  /**
   * The same texts, those first in which the neuron fires most.
   *
   * @throws FresnelException if there is no such neuron, or a text is empty
   */
  public static Figure topSamples(NeuronActivations activations, int layer, int neuron) {
    return NeuronsFigure.of(activations, NeuronsFigure.View.SAMPLES, layer, neuron);
  }

  /**
   * A table of the tokens at which neurons fire most, or least: a column per neuron.
   *
   * @throws FresnelException if there is no such neuron, or a text is empty
   */
  public static Figure topTokens(NeuronActivations activations, int layer, int neuron) {
    return NeuronsFigure.of(activations, NeuronsFigure.View.TOKENS, layer, neuron);
  }

  /** Numbers with a name each, as bars from zero, those farthest from zero first. */
  public static Figure bars(Bars bars) {
    return new BarsFigure(null, bars, false);
  }

  /** The same, each bar from where the one before ends: how the parts make up their sum. */
  public static Figure waterfall(Bars bars) {
    return new BarsFigure(null, bars, true);
  }

  /** Series of numbers as lines over layers, positions or other labelled places. */
  public static Figure lines(Lines lines) {
    return new LinesFigure(null, lines);
  }

  /** The likeliest next tokens after each stage: a row per stage, a column per position. */
  public static LensFigure lens(LogitLens lens) {
    return new LensFigure(null, lens, null);
  }

  /**
   * The same, which also shows each prediction's entropy, its divergence from the final one, the
   * rank of the token that comes next, and how a token's probability and rank change by stage.
   *
   * @param trajectory {@code LensTrajectory.ofLens(run, text, lens)}
   * @throws FresnelException if it is of another text or of other stages
   */
  public static LensFigure lens(LogitLens lens, LensTrajectory trajectory) {
    return new LensFigure(null, lens, trajectory);
  }

  /** Curves of training runs: how quantities change along an amount. */
  public static CurvesFigure curves(Curves curves) {
    return new CurvesFigure(null, curves);
  }

  /**
   * The figure as a picture, which looks as on a page that nobody has touched. It is made without a
   * browser.
   *
   * @param width in CSS pixels, 100 to 10,000; a figure with many columns may need more
   * @throws FresnelException if the width is less or more
   */
  public final Picture picture(int width, Theme theme) {
    Picture.requireWidth(width);
    return new Picture(drawing(width, theme), theme);
  }

  /**
   * Writes the figure as its file's name says: {@code .html} is a page with all interactions,
   * {@code .svg} and {@code .png} are pictures, 960 pixels wide and in light colours, {@code .csv}
   * is a table of the numbers, {@code .txt} is text. A reader finds the whole file or none.
   *
   * @throws FresnelException if the name ends otherwise, or the file cannot be written
   */
  public final void write(Path file) {
    write(file, Picture.USUAL_WIDTH, Theme.LIGHT);
  }

  /**
   * The same; a picture has this width, in CSS pixels, and this theme.
   *
   * @throws FresnelException if the name ends otherwise, the width is not 100 to 10,000, or the
   *     file cannot be written
   */
  public final void write(Path file, int width, Theme theme) {
    var name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html", "htm" -> writeHtml(file);
      case "svg" -> picture(width, theme).writeSvg(file);
      case "png" -> picture(width, theme).writePng(file);
      case "csv" -> writeCsv(file);
      case "txt" ->
          WholeFile.write(
              file, text(Terminal.plain(TEXT_COLUMNS)).getBytes(StandardCharsets.UTF_8));
      default ->
          throw new FresnelException(
              "a figure can be written as .html, .svg, .png, .csv or .txt, got “%s”; end the name so"
                  .formatted(file));
    }
  }

  /**
   * Writes a page of its own for this figure.
   *
   * @throws FresnelException if the file cannot be written
   */
  public final void writeHtml(Path file) {
    Report.titled(title()).add(this).write(file);
  }

  /**
   * Writes the numbers that the figure shows as a CSV file: a line with the columns' names, then a
   * line per number or per token. A missing value is {@code NaN}.
   *
   * @throws FresnelException if the file cannot be written
   */
  public final void writeCsv(Path file) {
    Csv.write(file, this);
  }

  /**
   * The figure as text: with colours where the terminal has them, else as a table of numbers.
   *
   * @return lines of at most the terminal's columns, where labels allow it
   */
  public final String text(Terminal terminal) {
    var out = new StringBuilder();
    text(terminal, out);
    return out.toString();
  }

  /** This figure with another title. */
  public abstract Figure titled(String title);

  /** The title that was given, else one that says what the figure shows. */
  public final String title() {
    return title == null ? ownTitle() : title;
  }

  /** The kind of figure with its title, as a Java shell shows it. */
  @Override
  public final String toString() {
    return "Figure “" + title() + "”";
  }

  /** The title given to {@link #titled}; null where there is none. */
  final @Nullable String givenTitle() {
    return title;
  }

  /** A number with its noun: {@code 1 token}, {@code 2 tokens}. */
  static String counted(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /** A title that says what the figure shows. */
  abstract String ownTitle();

  /** The sentence under the title: how to read the figure. */
  abstract String subtitle();

  /**
   * The figure's markup and data, as a page stores them.
   *
   * @param prefix the beginning of every id
   */
  abstract FigureData data(String prefix);

  /** The figure's picture. */
  abstract Drawing drawing(double width, Theme theme);

  /** Writes the numbers that the figure shows. */
  abstract void csv(Csv csv);

  /** Writes the figure as lines of text, each with its line break. */
  abstract void text(Terminal terminal, StringBuilder out);

  /** This figure with less exact and therefore smaller data; empty where it cannot be smaller. */
  Optional<Figure> coarser() {
    return Optional.empty();
  }

  /**
   * This figure, made coarser until its data take about so many characters or fewer, or until it
   * cannot be coarser. The estimate is rough: nothing is packed.
   */
  Figure atMost(long characters) {
    return this;
  }
}
