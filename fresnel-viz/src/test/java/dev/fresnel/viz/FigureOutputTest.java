package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.analysis.CacheContents;
import dev.fresnel.analysis.TensorValues;
import dev.fresnel.analysis.TensorValues.Axis;
import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import dev.fresnel.viz.Terminal.Colours;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every figure has every output. */
class FigureOutputTest {
  private static final int TOKENS = 12;

  @TempDir Path folder;

  /** A text with everything that could break a file: markup, quotes, line breaks, wide letters. */
  private static List<Token> hostile() {
    return List.of(
        new Token(0, "<b>&amp;</b>"),
        new Token(1, "\"quoted\", and\n"),
        new Token(2, "\u202ereversed\u0007"),
        new Token(3, "漢字"),
        new Token(4, "</svg><script>"),
        new Token(5, null));
  }

  /** One figure of each kind, by name. */
  static Map<String, Figure> figures() {
    var tokens = Samples.tokens(TOKENS);
    var patterns = Samples.patterns(3, 4, TOKENS);
    var values = new double[] {Double.NaN, 1, 0.5, Double.POSITIVE_INFINITY, 0, 2};
    var figures = new LinkedHashMap<String, Figure>();
    figures.put("attention", Figure.attention(patterns));
    figures.put("attention of a layer", Figure.attention(patterns.get(1)));
    figures.put("attention of a head", Figure.attention(Samples.pattern(2, 1, TOKENS, 7)));
    figures.put("heads", Figure.heads(Samples.scores("previous token", patterns, 1)));
    figures.put("attribution", Figure.attribution(Samples.attribution(3, 4)));
    figures.put("tokens", Figure.tokens(hostile()));
    figures.put("coloured tokens", Figure.colouredTokens(hostile(), values, "<loss>"));
    var lens = Samples.lens(tokens, 3);
    figures.put("lens", Figure.lens(lens));
    figures.put("pinned lens", Figure.lens(lens, MoreSamples.trajectory(lens)).pinned(4));
    figures.put("curves", Figure.curves(Samples.training(Samples.trained("a <run>", 9, true))));
    var axes = List.of(new Axis("head", 2), new Axis("query", 3), new Axis("key", 3));
    figures.put("tensor", Figure.of(TensorValues.of(axes, new float[18])));
    var captured = new CacheContents.Point("hook_embed", "batch 1, pos 9", "float32", 36);
    figures.put(
        "cache", new CacheFigure(null, new CacheContents(Collections.nCopies(4, captured))));
    return figures;
  }

  static Stream<String> names() {
    return figures().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFigureIsWrittenAsItsNameSays(String name) throws Exception {
    var figure = figures().get(name);
    for (var ending : List.of("html", "svg", "png", "csv", "txt")) {
      figure.write(folder.resolve("figure." + ending), 500, Theme.DARK);
    }
    assertThat(Files.readString(folder.resolve("figure.html"))).startsWith("<!doctype html>");
    var svg = Files.readString(folder.resolve("figure.svg"));
    var parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    var root =
        parser
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
            .getDocumentElement();
    assertThat(root.getAttribute("width")).isEqualTo("500");
    assertThat(root.getElementsByTagName("script").getLength()).isZero();
    assertThat(svg.substring(40)).as("no address").doesNotContain("://");
    var png = ImageIO.read(folder.resolve("figure.png").toFile());
    assertThat(png.getWidth()).isEqualTo(1000);
    assertThat(png.getHeight()).isEqualTo(2 * Integer.parseInt(root.getAttribute("height")));
    assertThat(png.getRGB(0, 0) & 0xffffff).isEqualTo(Canvas.Ink.SURFACE.dark);
    assertThat(Files.readString(folder.resolve("figure.csv")).split("\r\n").length)
        .isGreaterThan(4);
    assertThat(Files.readString(folder.resolve("figure.txt"))).isNotBlank();
  }

  @ParameterizedTest
  @MethodSource("names")
  void textHasColoursWhereTheTerminalHasThemAndFitsIt(String name) {
    var figure = figures().get(name);
    var plain = figure.text(Terminal.plain(60));
    assertThat(plain).doesNotContain("\033", "\u0007", "\u202e").endsWith("\n");
    assertThat(plain.lines()).allMatch(line -> TokenText.width(line) <= 60);
    for (var colours : List.of(Colours.INDEXED, Colours.TRUE)) {
      var text = figure.text(new Terminal(60, colours, Theme.DARK));
      var letters = text.replaceAll("\033\\[[0-9;]*m", "");
      assertThat(letters).doesNotContain("\033", "\u0007", "\u202e");
      assertThat(letters.lines()).allMatch(line -> TokenText.width(line) <= 60);
      assertThat(text.replaceAll("(?s).*\033\\[", ""))
          .as("ends plainly")
          .startsWith(text.contains("\033") ? "0m" : text);
      if (!List.of("tokens", "curves", "cache").contains(name)) {
        assertThat(text).contains(colours == Colours.TRUE ? "\033[48;2;" : "\033[48;5;");
      }
    }
  }

  @Test
  void anotherEndingIsRefusedWithThoseThatThereAre() {
    var figure = Figure.tokens(hostile());
    assertThatThrownBy(() -> figure.write(folder.resolve("figure.pdf")))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(".html, .svg, .png, .csv or .txt")
        .hasMessageContaining("figure.pdf");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aPictureTooLargeForMemoryIsRefused() {
    var lens = Figure.lens(Samples.lens(Samples.tokens(4000), 30));
    assertThatThrownBy(() -> lens.write(folder.resolve("lens.png"), 100, Theme.LIGHT))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("million pixels, more than 64; write an .svg file");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aTableOfAttentionHasEveryWeightThatIsNotMasked() throws IOException {
    var file = folder.resolve("attention.csv");
    var pattern = Samples.pattern(5, 2, 3, 1);
    Figure.attention(pattern).writeCsv(file);
    var lines = Files.readAllLines(file);
    assertThat(lines).hasSize(1 + 2 * (1 + 2 + 3));
    assertThat(lines.get(0))
        .isEqualTo("layer,head,destination,destination_token,source,source_token,weight");
    assertThat(lines.get(3)).isEqualTo("5,0,1, I,1, I," + pattern.row(0, 1)[1]);
  }

  @Test
  void aPixelOfASmallMapIsTheGreatestOfItsCells() {
    float[][] cells = {{0, 0, 0, 0}, {0, 0.9f, 0, 0}, {0, 0, 0, Float.NaN}, {0, 0, 0, 0}};
    var pixels = Pixels.of(4, 2, (row, column) -> cells[row][column], v -> v, Ramp.CIVIDIS);
    assertThat(pixels.argb())
        .containsExactly(
            0xff000000 | Ramp.CIVIDIS.colour(0.9f),
            0xff000000 | Ramp.CIVIDIS.colour(0),
            0xff000000 | Ramp.CIVIDIS.colour(0),
            0xff000000 | Pixels.NOT_A_NUMBER);
  }

  @Test
  void theNearestOfTheTerminalsColoursIsChosen() {
    assertThat(Ansi.nearest(0x000000)).isEqualTo(16);
    assertThat(Ansi.nearest(0xffffff)).isEqualTo(231);
    assertThat(Ansi.nearest(0xff0000)).isEqualTo(196);
    assertThat(Ansi.nearest(0x767676)).isEqualTo(243);
    assertThat(Ansi.nearest(0x5f87af)).isEqualTo(67);
  }
}
