package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.analysis.TensorValues;
import dev.fresnel.analysis.TensorValues.Axis;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Pictures of tokens, bars, lines, neurons and tensors look like the page's. */
@InChromium
class FiguresLikePageTest {
  /** Beside the drawing of a picture; PNG files have two pixels per CSS pixel. */
  private static final int MARGIN = 24;

  @TempDir Path folder;

  private BufferedImage drawn(Figure figure, int width, Theme theme) throws IOException {
    var file = folder.resolve("picture.png");
    figure.picture(width, theme).writePng(file);
    return ImageIO.read(file.toFile());
  }

  private void open(Tab tab, Figure figure, Theme theme) {
    var page = folder.resolve("page.html");
    Report.titled("Test").add(figure).write(page);
    tab.size(900, 1100, 2).prefers(theme.name().toLowerCase(Locale.ROOT)).load(page).frames();
  }

  /** What an expression gives for each element of a figure that a selector finds. */
  private static JsonNode each(Tab tab, String figure, String selector, String expression) {
    tab.waitFor(
        "!!document.querySelector('%s')?.shadowRoot.querySelector('%s')"
            .formatted(figure, selector));
    return tab.evaluate(
        "[...document.querySelector('%s').shadowRoot.querySelectorAll('%s')].map(e => %s)"
            .formatted(figure, selector, expression));
  }

  private static final String COLOUR =
      "getComputedStyle(e).backgroundColor.replace(/[^0-9,]/g, '')";

  private static String colour(BufferedImage image, double x, double y) {
    int colour = image.getRGB((int) (2 * x), (int) (2 * y));
    return (colour >> 16 & 255) + "," + (colour >> 8 & 255) + "," + (colour & 255);
  }

  /** The widths of tokens are those of a font's letters, which are not compared. */
  @ParameterizedTest
  @CsvSource({"1,LIGHT", "-5.5,LIGHT", "-5.5,DARK", "-12,LIGHT", "-12,DARK"})
  void tokensHaveThePagesColoursAndHeights(double least, Theme theme, Tab tab) throws IOException {
    double[] values = new double[12];
    for (int at = 0; at < values.length; at++) {
      values[at] = at == 3 ? Double.NaN : Math.cbrt(least + at);
    }
    var figure = Figure.colouredTokens(Samples.tokens(12), values, "value");
    open(tab, figure, theme);
    var theirs = texts(each(tab, "fresnel-tokens", ".token", COLOUR));
    var heights = each(tab, "fresnel-tokens", ".token", "e.getBoundingClientRect().height");
    var image = drawn(figure, 900, theme);
    assertThat(pictured(image, 12)).isEqualTo(theirs);
    double bottom = MARGIN + 28 + heights.get(0).asDouble();
    var first = theirs.get(0);
    assertThat(colour(image, MARGIN + 3, bottom - 1)).isEqualTo(first);
    assertThat(colour(image, MARGIN + 3, bottom + 1)).isNotEqualTo(first);
  }

  @ParameterizedTest
  @EnumSource
  void predictionsHaveThePagesColours(Theme theme, Tab tab) throws IOException {
    var tokens = Samples.tokens(12);
    var figure = Figure.predictions(MoreSamples.predictions(tokens));
    open(tab, figure, theme);
    var theirs = texts(each(tab, "fresnel-predictions", ".token", COLOUR));
    assertThat(pictured(drawn(figure, 900, theme), tokens.size())).isEqualTo(theirs);
  }

  /** The colours of a picture's first line of tokens, left to right. */
  private static List<String> pictured(BufferedImage image, int tokens) {
    var colours = new ArrayList<String>();
    double y = MARGIN + 28 + 2;
    var surface = colour(image, 2, 2);
    var before = surface;
    for (double x = MARGIN; colours.size() < tokens && x < 870; x += 0.5) {
      var here = colour(image, x, y);
      if (!here.equals(before) && !here.equals(surface) && before.equals(surface)) {
        colours.add(colour(image, x + 1.5, y));
      }
      before = here;
    }
    return colours;
  }

  private static List<String> texts(JsonNode found) {
    var texts = new ArrayList<String>();
    found.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  @ParameterizedTest
  @CsvSource({"false,LIGHT", "true,LIGHT", "true,DARK"})
  void barsHaveThePagesColoursAndLengths(boolean waterfall, Theme theme, Tab tab)
      throws IOException {
    var bars = MoreSamples.bars();
    var figure = waterfall ? Figure.waterfall(bars) : Figure.bars(bars);
    open(tab, figure, theme);
    var track = "e.parentElement.getBoundingClientRect()";
    var box = "e.getBoundingClientRect()";
    var theirs =
        each(
            tab,
            "fresnel-bars",
            ".bar",
            ("[(%1$s.left - %2$s.left) / %2$s.width, (%1$s.right - %2$s.left) / %2$s.width, %3$s,"
                    + " [...e.closest('tbody').rows].indexOf(e.closest('tr'))]")
                .formatted(box, track, COLOUR));
    var image = drawn(figure, 900, theme);
    var ends = new ArrayList<double[]>();
    for (var bar : theirs) {
      double[] found = run(image, MARGIN + 24 + bar.get(3).asInt() * 22 + 11, bar.get(2).asText());
      ends.add(new double[] {bar.get(0).asDouble(), bar.get(1).asDouble(), found[0], found[1]});
    }
    // The longest bar tells where the picture's axis begins, and how long it is.
    var longest =
        ends.stream().max((a, b) -> Double.compare(a[1] - a[0], b[1] - b[0])).orElseThrow();
    double scale = (longest[3] - longest[2]) / (longest[1] - longest[0]);
    double left = longest[2] - scale * longest[0];
    assertThat(ends.size()).isGreaterThan(3);
    for (double[] each : ends) {
      assertThat(each[2]).isCloseTo(left + scale * each[0], within(1.0));
      assertThat(each[3]).isCloseTo(left + scale * each[1], within(1.5)); // at least 1 px wide
    }
  }

  /** Where a colour begins and ends on a line of an image. */
  private static double[] run(BufferedImage image, double y, String wanted) {
    double[] ends = {Double.NaN, Double.NaN};
    for (double x = 0; x < image.getWidth() / 2.0; x += 0.5) {
      if (colour(image, x, y).equals(wanted)) {
        ends[0] = Double.isNaN(ends[0]) ? x : ends[0];
        ends[1] = x + 0.5;
      }
    }
    assertThat(ends[0]).as("%s at %s", wanted, y).isNotNaN();
    return ends;
  }

  /** The colours within a pixel of a point: a line that ends there covers one side of it. */
  private static List<String> around(BufferedImage image, double x, double y) {
    var colours = new ArrayList<String>();
    for (double across = -1; across <= 1; across += 0.5) {
      for (double down = -1; down <= 1; down += 0.5) {
        colours.add(colour(image, x + across, y + down));
      }
    }
    return colours;
  }

  @ParameterizedTest
  @EnumSource
  void linesHaveThePagesColoursAndPlaces(Theme theme, Tab tab) throws IOException {
    var figure = Figure.lines(MoreSamples.lines());
    open(tab, figure, theme);
    int width = tab.evaluate("document.querySelector('fresnel-lines').clientWidth").asInt();
    var theirs =
        each(
            tab,
            "fresnel-lines",
            "svg[role=application] path.line, svg[role=application] .dot",
            "[e.getAttribute('d') ?? `M${e.getAttribute('cx')} ${e.getAttribute('cy')}`,"
                + " getComputedStyle(e)[e.localName === 'path' ? 'stroke' : 'fill']"
                + ".replace(/[^0-9,]/g, '')]");
    var image = drawn(figure, width + 2 * MARGIN, theme);
    int points = 0;
    for (var line : theirs) {
      for (var point : line.get(0).asText().substring(1).split("[ML]")) {
        var at = point.split(" ");
        // A label of one line stands above the plot; a point alone is a dot, drawn twice.
        double x = MARGIN + Double.parseDouble(at[0]);
        double y = MARGIN + 20 + Double.parseDouble(at[1]);
        assertThat(around(image, x, y)).as("%s", point).contains(line.get(1).asText());
        points++;
      }
    }
    assertThat(points).isGreaterThan(4);
    var grid =
        each(tab, "fresnel-lines", "svg[role=application] line.grid", "+e.getAttribute('y1')");
    assertThat(grid.size()).isEqualTo(5);
    for (var line : grid) {
      double y = MARGIN + 20 + line.asDouble();
      assertThat(colour(image, MARGIN + 53, y)).isNotEqualTo(colour(image, MARGIN + 53, y + 5));
    }
  }

  /** The second line is drawn over the first, so each has its own values. */
  @ParameterizedTest
  @EnumSource
  void theWayOfAPinnedTokenHasThePagesColoursAndPlaces(Theme theme, Tab tab) throws IOException {
    var lens = Samples.lens(Samples.tokens(8), 5);
    var figure = Figure.lens(lens, MoreSamples.trajectory(lens, true)).pinned(3);
    open(tab, figure, theme);
    int width = tab.evaluate("document.querySelector('fresnel-lens').clientWidth").asInt();
    var image = drawn(figure, width + 2 * MARGIN, theme);
    double down = new LensDrawing(lens, width + 2 * MARGIN, theme).height() - MARGIN;
    int points = 0;
    for (int chart = 1; chart <= 2; chart++) {
      var lines =
          each(
              tab,
              "fresnel-lens",
              ".chart:nth-of-type(%d) svg[role=application] path.line".formatted(chart),
              "[e.getAttribute('d'), getComputedStyle(e).stroke.replace(/[^0-9,]/g, '')]");
      assertThat(lines.size()).isEqualTo(2);
      for (var line : lines) {
        for (var point : line.get(0).asText().substring(1).split("[ML]")) {
          var at = point.split(" ");
          double x = MARGIN + Double.parseDouble(at[0]);
          double y = down + MARGIN + 20 + Double.parseDouble(at[1]);
          assertThat(around(image, x, y)).as("%d: %s", chart, point).contains(line.get(1).asText());
          points++;
        }
      }
      // A plot with its label and its legend of two names; two margins that meet are one.
      down += MARGIN + 20 + 10 + 170 + 74 + 4 + 20;
    }
    assertThat(points).isEqualTo(2 * 2 * lens.stages().size());
  }

  /** Whole lines alone: hairlines are blended with what is behind them, others have gaps. */
  @ParameterizedTest
  @EnumSource
  void curvesHaveThePagesColoursAndPlaces(Theme theme, Tab tab) throws IOException {
    var figure = Figure.curves(Samples.training(Samples.trained("toy", 12, true)));
    var page = folder.resolve("page.html");
    Report.titled("Test").add(figure).write(page);
    tab.size(900, 1100, 2).prefers(theme.name().toLowerCase(Locale.ROOT)).load(page).frames();
    var theirs =
        tab.evaluate(
            "[...document.querySelectorAll('.curves svg polyline')].filter(e =>"
                + " +e.getAttribute('stroke-width') > 1 &&"
                + " !e.hasAttribute('stroke-dasharray')).map(e => [e.getAttribute('points'),"
                + " getComputedStyle(e).stroke.replace(/[^0-9,]/g, ''),"
                + " e.ownerSVGElement.viewBox.baseVal.width])");
    int around = 18; // a run's margin in a picture
    assertThat(theirs.size()).isEqualTo(2);
    var image = drawn(figure, theirs.get(0).get(2).asInt() + 2 * around, theme);
    int points = 0;
    for (var line : theirs) {
      for (var point : line.get(0).asText().split(" ")) {
        var at = point.split(",");
        double x = around + Double.parseDouble(at[0]);
        double y = around + Double.parseDouble(at[1]);
        assertThat(around(image, x, y)).as("%s", point).contains(line.get(1).asText());
        points++;
      }
    }
    assertThat(points).isGreaterThan(20);
  }

  @ParameterizedTest
  @EnumSource
  void aTensorHasThePagesColoursAndPlaces(Theme theme, Tab tab) throws IOException {
    var values = new float[2 * 12 * 9];
    for (int i = 0; i < values.length; i++) {
      // As a page stores it: in 24 bits.
      values[i] = Float.intBitsToFloat(Float.floatToIntBits((float) Math.sin(i)) & 0xffff_ff00);
    }
    var axes = List.of(new Axis("head", 2), new Axis("query", 12), new Axis("key", 9));
    var figure = Figure.of(TensorValues.of(axes, values));
    open(tab, figure, theme);
    tab.decoded();
    int width = tab.evaluate("document.querySelector('fresnel-tensor').clientWidth").asInt();
    var image = drawn(figure, width + 2 * MARGIN, theme);
    for (int row = 0; row < 12; row++) {
      for (int column = 0; column < 9; column++) {
        double x = 52 + column * 24 + 2;
        double y = 22 + row * 24 + 2;
        var theirs =
            each(
                tab,
                "fresnel-tensor",
                "canvas[role=application]",
                "[...e.getContext('2d').getImageData(%s, %s, 1, 1).data].slice(0, 3).join()"
                    .formatted(2 * x, 2 * y));
        // One line of statistics stands above the map.
        assertThat(colour(image, MARGIN + x, MARGIN + 26 + y))
            .as("row %d, column %d", row, column)
            .isEqualTo(theirs.get(0).asText());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theTextsOfANeuronHaveThePagesColours(Theme theme, Tab tab) throws IOException {
    var neurons = MoreSamples.neurons(2, 9, 2, 5);
    var figure = Figure.neurons(neurons, 1, 3);
    open(tab, figure, theme);
    var theirs = texts(each(tab, "fresnel-neurons", ".token", COLOUR));
    var image = drawn(figure, 900, theme);
    var ours = pictured(image, 9);
    assertThat(ours).isEqualTo(theirs.subList(0, 9));
  }

  @ParameterizedTest
  @EnumSource
  void theTableOfNeuronsHasThePagesColours(Theme theme, Tab tab) throws IOException {
    var figure = Figure.topTokens(MoreSamples.neurons(2, 9, 2, 5), 1, 0);
    open(tab, figure, theme);
    var theirs = texts(each(tab, "fresnel-neurons", "table.firings td", COLOUR));
    var image = drawn(figure, 1000, theme);
    double column = 180; // the most, where there is room
    for (int i = 0; i < theirs.size(); i++) {
      double x = MARGIN + i % 5 * column + 2;
      double y = MARGIN + 24 + i / 5 * 24 + 2;
      assertThat(colour(image, x, y)).as("cell %d", i).isEqualTo(theirs.get(i));
    }
  }
}
