package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.ValueNorms;
import dev.fresnel.error.FresnelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The attention patterns of a text in an explorer, or of several texts to choose from.
 *
 * <pre>{@code
 * Figure.attention(AttentionPatterns.of(run))
 *     .scores(HeadDetector.scores(HeadDetector.all(), AttentionPatterns.of(run)))
 *     .weighted(ValueNorms.of(run));
 * try (var other = model.run(corrupted, AttentionPatterns.plan())) {
 *   Figure.attention(AttentionPatterns.of(run)).minus(Figure.attention(AttentionPatterns.of(other)));
 * }
 * }</pre>
 */
public final class AttentionFigure extends Figure {
  /** What a file's name does not have, and how much of a text's name it has, in characters. */
  private static final Pattern UNFIT = Pattern.compile("[^\\p{L}\\p{N}._-]+");

  private static final int LONGEST = 60;

  private final List<TextAttention> texts;
  private final List<HeadScores> scores;
  private final boolean difference;
  private final Precision precision;

  /** The least size of a weight of a CSV file. */
  private final double least;

  private AttentionFigure(
      @Nullable String title,
      List<TextAttention> texts,
      List<HeadScores> scores,
      boolean difference,
      Precision precision,
      double least) {
    super(title);
    this.texts = texts;
    this.scores = scores;
    this.difference = difference;
    this.precision = precision;
    this.least = least;
  }

  static AttentionFigure of(List<AttentionPattern> patterns) {
    return showing(List.of(TextAttention.of("", patterns)));
  }

  static AttentionFigure of(Map<String, ? extends List<AttentionPattern>> texts) {
    if (texts.isEmpty()) {
      throw new FresnelException(
          "an attention figure needs at least one text, got none; add AttentionPatterns.of(run)");
    }
    var list = new ArrayList<TextAttention>();
    texts.forEach((name, patterns) -> list.add(TextAttention.of(name, patterns)));
    return showing(List.copyOf(list));
  }

  private static AttentionFigure showing(List<TextAttention> texts) {
    return new AttentionFigure(null, texts, List.of(), false, AttentionData.finest(texts), 0);
  }

  @Override
  public AttentionFigure titled(String title) {
    return new AttentionFigure(title, texts, scores, difference, precision, least);
  }

  /** With detectors' scores, by which a reader sorts and filters the heads. */
  public AttentionFigure scores(List<HeadScores> scores) {
    return new AttentionFigure(
        givenTitle(), texts, List.copyOf(scores), difference, precision, least);
  }

  /**
   * With norms, by which a reader can multiply the weights.
   *
   * @throws FresnelException if the figure shows several texts, or the norms are of other heads or
   *     of a text of another length
   */
  public AttentionFigure weighted(ValueNorms norms) {
    if (texts.size() != 1) {
      throw new FresnelException(
          "norms belong to one text, the figure shows %d: call weighted(…) before minus(…)"
              .formatted(texts.size()));
    }
    var weighted = List.of(texts.get(0).weighted(norms));
    return new AttentionFigure(givenTitle(), weighted, scores, difference, precision, least);
  }

  /**
   * This figure's text less another's, weight by weight. The scale is symmetric about zero. A
   * reader can also look at each of the two.
   *
   * @throws FresnelException if either shows several texts, or the two differ in heads or length
   */
  public AttentionFigure minus(AttentionFigure other) {
    if (texts.size() != 1 || other.texts.size() != 1) {
      throw new FresnelException(
          "a difference is of two figures of one text each, got %d and %d texts; make a figure for each text"
              .formatted(texts.size(), other.texts.size()));
    }
    var first = texts.get(0);
    var second = other.texts.get(0);
    if (!first.fits(second)) {
      throw new FresnelException(
          "attention is subtracted cell by cell, so both texts need the same heads and length; got %d layers, %d heads, %d tokens and %d layers, %d heads, %d tokens"
              .formatted(
                  first.contents().layers().size(),
                  first.contents().heads(),
                  first.contents().tokens().size(),
                  second.contents().layers().size(),
                  second.contents().heads(),
                  second.contents().tokens().size()));
    }
    var both =
        List.of(
            first.named(Objects.requireNonNullElse(givenTitle(), "first text")),
            second.named(Objects.requireNonNullElse(other.givenTitle(), "second text")));
    return new AttentionFigure(null, both, scores, true, AttentionData.finest(both), least);
  }

  /**
   * One head alone: on the page, in a picture, as text and in a table.
   *
   * @throws FresnelException if the figure has no such head
   */
  public AttentionFigure onlyHead(int layer, int head) {
    var id = new HeadId(layer, head);
    var only = texts.stream().map(each -> each.only(id)).toList();
    return new AttentionFigure(
        givenTitle(), only, List.of(), difference, AttentionData.finest(only), least);
  }

  /**
   * One text alone, of several or of the two of a difference. A picture of several texts shows the
   * first of them; this chooses another, and {@link #writeTexts} writes all.
   *
   * @param name one of {@link #textNames()}
   * @throws FresnelException if the figure has no such text
   */
  public AttentionFigure onlyText(String name) {
    var only = texts.stream().filter(each -> each.name().equals(name)).limit(1).toList();
    if (only.isEmpty()) {
      throw new FresnelException(
          "the figure has no text “%s”; it has %s".formatted(name, textNames()));
    }
    return only(only);
  }

  /**
   * Writes each text as a figure of its own, as {@link #write(Path)} does. A file's name is the
   * text's number, counted from 0, and what a file name can have of its name: {@code 0-clean.svg}.
   *
   * @param folder an existing one
   * @param ending {@code html}, {@code svg}, {@code png}, {@code csv} or {@code txt}
   * @return the files, in the texts' order
   * @throws FresnelException if the ending is another one, or a file cannot be written
   */
  public List<Path> writeTexts(Path folder, String ending) {
    var files = new ArrayList<Path>();
    for (int i = 0; i < texts.size(); i++) {
      var name = UNFIT.matcher(texts.get(i).name()).replaceAll("-");
      var ofText = name.isEmpty() ? "" : "-" + name.substring(0, Math.min(name.length(), LONGEST));
      files.add(folder.resolve(i + ofText + "." + ending));
      only(texts.subList(i, i + 1)).write(files.get(i));
    }
    return List.copyOf(files);
  }

  private AttentionFigure only(List<TextAttention> some) {
    return new AttentionFigure(
        givenTitle(), some, scores, false, AttentionData.finest(some), least);
  }

  /** The texts' names, in the figure's order; the one text of a simple figure has none. */
  public List<String> textNames() {
    return texts.stream().map(TextAttention::name).toList();
  }

  /**
   * The same figure, of which a CSV file leaves out the weights that are nearer to zero. A table of
   * all of them can be large: 270 heads over 279 tokens take 389 MB.
   *
   * @param least the least size of a weight that the file has
   */
  public AttentionFigure csvFrom(double least) {
    return new AttentionFigure(givenTitle(), texts, scores, difference, precision, least);
  }

  /** How many weights the figure has: a CSV file of all of them has a line for each. */
  public long weights() {
    return (difference ? texts.subList(0, 1) : texts)
        .stream().mapToLong(each -> each.contents().weights()).sum();
  }

  @Override
  String ownTitle() {
    var layers = texts.get(0).contents().layers();
    var only = layers.get(0);
    var what =
        layers.size() > 1
            ? counted(layers.size(), "layer")
            : only.heads() == 1 ? only.label() : "layer " + only.layer();
    if (difference) {
      return "Attention, %s: %s less %s".formatted(what, texts.get(0).name(), texts.get(1).name());
    }
    var name = texts.get(0).name();
    var of = texts.size() > 1 ? ", " + texts.size() + " texts" : name.isEmpty() ? "" : ", " + name;
    return "Attention, " + what + of;
  }

  @Override
  String subtitle() {
    var contents = texts.get(0).contents();
    return counted(contents.heads(), "head")
        + ", "
        + counted(contents.tokens().size(), "token")
        + (texts.size() > 1 && !difference ? " in the first text" : "")
        + ". Hover over a head or a token to see it, click to lock it, click again or press Esc to"
        + " unlock; with Shift, a click overlays up to eight heads.";
  }

  @Override
  java.util.Optional<Figure> coarser() {
    return precision.last()
        ? java.util.Optional.empty()
        : java.util.Optional.of(at(precision.next()));
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
    return new AttentionFigure(givenTitle(), texts, scores, difference, other, least);
  }

  private long estimate(Precision precision) {
    return texts.stream()
        .map(TextAttention::contents)
        .mapToLong(
            each ->
                precision.estimate(
                    each.heads() * each.cells(), each.heads() * each.tokens().size()))
        .sum();
  }

  @Override
  FigureData data(String prefix) {
    return new AttentionData(texts, scores, difference, precision).of(prefix);
  }

  /** What a picture shows: the difference, else the first text. */
  private TextAttention pictured() {
    return difference ? texts.get(0).minus(texts.get(1)) : texts.get(0);
  }

  /** Which of several texts a picture shows; empty where there is no choice. */
  private String pictureName() {
    var name = pictured().name();
    return texts.size() == 1 || difference
        ? name
        : "text 1 of %d: %s".formatted(texts.size(), name);
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return new AttentionDrawing(pictured(), pictureName(), width, theme);
  }

  @Override
  void csv(Csv csv) {
    boolean several = texts.size() > 1 && !difference;
    var names =
        Stream.of(
            "layer",
            "head",
            "destination",
            "destination_token",
            "source",
            "source_token",
            "weight");
    csv.line((several ? Stream.concat(Stream.of("text"), names) : names).toArray());
    for (var text : several ? texts : List.of(pictured())) {
      text.csv(csv, several, least);
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    if (texts.size() > 1 && !difference) {
      out.append(pictureName()).append('\n');
    }
    AttentionText.write(pictured(), terminal, out);
  }
}
