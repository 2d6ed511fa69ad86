package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.analysis.AttentionPattern;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pictures of attention and of a lens, made without a browser, look like the page's. */
@InChromium
class PicturesLikePageTest {
  /** Beside the drawing of a picture; PNG files have two pixels per CSS pixel. */
  private static final int MARGIN = 24;

  private static final int LAYERS = 4;
  private static final int HEADS = 6;
  private static final int TOKENS = 20;

  @TempDir Path folder;

  private BufferedImage drawn(Figure figure, int width, Theme theme) throws IOException {
    var file = folder.resolve("picture.png");
    figure.picture(width, theme).writePng(file);
    return ImageIO.read(file.toFile());
  }

  /** Opens a page of the figure; returns the width that the figure has on it. */
  private int open(Tab tab, Figure figure, String element, Theme theme) {
    return open(tab, figure, element, theme, 1200);
  }

  private int open(Tab tab, Figure figure, String element, Theme theme, int wide) {
    var page = folder.resolve("page.html");
    Report.titled("Test").add(figure).write(page);
    tab.size(wide, 1100, 2).prefers(theme.name().toLowerCase(Locale.ROOT)).load(page).decoded();
    return tab.evaluate("document.querySelector('%s').clientWidth".formatted(element)).asInt();
  }

  /** The colours of points of a canvas of the page, given in CSS pixels. */
  private static List<String> colours(Tab tab, String canvas, List<double[]> points) {
    var places = points.stream().map(at -> "[" + 2 * at[0] + "," + 2 * at[1] + "]").toList();
    var found =
        tab.evaluate(
            ("(() => { const c = %s.getContext('2d'); return %s.map(([x, y]) =>"
                    + " [...c.getImageData(x, y, 1, 1).data].slice(0, 3).join()); })()")
                .formatted(canvas, places));
    var colours = new ArrayList<String>();
    found.forEach(colour -> colours.add(colour.asText()));
    return colours;
  }

  private static String colour(BufferedImage image, double x, double y) {
    int colour = image.getRGB((int) (2 * x), (int) (2 * y));
    return (colour >> 16 & 255) + "," + (colour >> 8 & 255) + "," + (colour & 255);
  }

  @ParameterizedTest
  @EnumSource
  void attentionHasThePagesMapsPlacesAndColours(Theme theme, Tab tab) throws IOException {
    var figure = Figure.attention(patterns());
    int width = open(tab, figure, "fresnel-attention", theme);
    var image = drawn(figure, width + 2 * MARGIN, theme);
    var root = "document.querySelector('fresnel-attention').shadowRoot";
    largeMap(tab, root, image);
    smallMaps(tab, root, image);
  }

  /** One layer: the names stand below its small maps, which wrap. */
  @ParameterizedTest
  @EnumSource
  void theHeadsOfOneLayerHaveThePagesPlacesAndColours(Theme theme, Tab tab) throws IOException {
    var figure = Figure.attention(patterns().get(1));
    int width = open(tab, figure, "fresnel-attention", theme);
    var image = drawn(figure, width + 2 * MARGIN, theme);
    var root = "document.querySelector('fresnel-attention').shadowRoot";
    largeMap(tab, root, image);
    var grid = root + ".querySelector('.heads canvas')";
    // A line of maps: half a gap, a map with its gap, a name.
    double thumb = tab.evaluate(grid + ".getBoundingClientRect().height").asDouble() - 22.5;
    assertThat(tab.evaluate(grid + ".getBoundingClientRect().width").asDouble())
        .as("all heads in one line")
        .isGreaterThanOrEqualTo(HEADS * (thumb + 5));
    smallMaps(tab, grid, image, thumb, 1, 0, 0);
  }

  /** A picture has no text beside the map, so it looks like a page on which the two are stacked. */
  @ParameterizedTest
  @EnumSource
  void oneHeadHasThePagesPlaceAndColours(Theme theme, Tab tab) throws IOException {
    var figure = Figure.attention(patterns()).onlyHead(2, 3);
    int width = open(tab, figure, "fresnel-attention", theme, 740);
    var image = drawn(figure, width + 2 * MARGIN, theme);
    largeMap(tab, "document.querySelector('fresnel-attention').shadowRoot", image);
  }

  @ParameterizedTest
  @EnumSource
  void aDifferenceHasThePagesPlacesAndColours(Theme theme, Tab tab) throws IOException {
    var swapped = new ArrayList<AttentionPattern>();
    var patterns = patterns();
    for (int layer = 0; layer < LAYERS; layer++) {
      var other = patterns.get((layer + 1) % LAYERS);
      swapped.add(new AttentionPattern(layer, other.tokens(), other.weights()));
    }
    var figure = Figure.attention(patterns).minus(Figure.attention(swapped));
    int width = open(tab, figure, "fresnel-attention", theme);
    var image = drawn(figure, width + 2 * MARGIN, theme);
    var root = "document.querySelector('fresnel-attention').shadowRoot";
    largeMap(tab, root, image);
    smallMaps(tab, root, image);
  }

  /** Patterns whose weights a page stores without rounding, in 24 bits. */
  private static List<AttentionPattern> patterns() {
    var patterns = new ArrayList<AttentionPattern>();
    for (var pattern : Samples.patterns(LAYERS, HEADS, TOKENS)) {
      float[][][] weights = pattern.weights();
      for (float[][] head : weights) {
        for (float[] row : head) {
          for (int key = 0; key < row.length; key++) {
            row[key] = Float.intBitsToFloat(Float.floatToIntBits(row[key]) & 0xffff_ff00);
          }
        }
      }
      patterns.add(new AttentionPattern(pattern.layer(), pattern.tokens(), weights));
    }
    return patterns;
  }

  private static void largeMap(Tab tab, String root, BufferedImage image) {
    var map = root + ".querySelector('.map canvas')";
    var plot = tab.evaluate(root + ".querySelector('.map .overlay').dataset.plot").asText();
    var numbers = plot.split(",");
    double left = Double.parseDouble(numbers[0]);
    double top = Double.parseDouble(numbers[1]);
    double side = Double.parseDouble(numbers[2]);
    double cell = side / TOKENS;
    double across =
        tab.evaluate(
                "%s.getBoundingClientRect().left - document.querySelector('fresnel-attention').getBoundingClientRect().left"
                    .formatted(map))
            .asDouble();
    // The picture's heading stands above its map, where a page has a line of status.
    double x = MARGIN + Math.round(across + left);
    double y = MARGIN + 30 + top;
    var points = new ArrayList<double[]>();
    for (int query = 0; query < TOKENS; query++) {
      for (int key = 0; key <= query; key++) {
        // A pixel and a half inside opposite corners of a cell.
        points.add(new double[] {left + key * cell + 1.5, top + query * cell + 1.5});
        points.add(new double[] {left + (key + 1) * cell - 2, top + (query + 1) * cell - 2});
      }
    }
    var theirs = colours(tab, map, points);
    for (int i = 0; i < points.size(); i++) {
      double[] at = points.get(i);
      assertThat(colour(image, x + at[0] - left, y + at[1] - top))
          .as("the large map at %s, %s", at[0], at[1])
          .isEqualTo(theirs.get(i));
    }
  }

  private static void smallMaps(Tab tab, String root, BufferedImage image) {
    var grid = root + ".querySelector('.heads canvas')";
    double thumb = (tab.evaluate(grid + ".clientWidth").asDouble() - 5) / HEADS - 5;
    // The names of layers and of heads stand beside and above the maps.
    smallMaps(tab, grid, image, thumb, LAYERS, 34, 20);
  }

  /**
   * @param right where the picture's maps begin, beside its margin
   */
  private static void smallMaps(
      Tab tab, String grid, BufferedImage image, double thumb, int layers, int right, int down) {
    var points = new ArrayList<double[]>();
    for (int layer = 0; layer < layers; layer++) {
      for (int head = 0; head < HEADS; head++) {
        for (double[] at : new double[][] {{0.02, 0.05}, {0.3, 0.7}, {0.55, 0.58}, {0.9, 0.97}}) {
          points.add(
              new double[] {
                2.5 + head * (thumb + 5) + at[0] * thumb, 2.5 + layer * (thumb + 5) + at[1] * thumb
              });
        }
      }
    }
    var theirs = colours(tab, grid, points);
    for (int i = 0; i < points.size(); i++) {
      double[] at = points.get(i);
      assertThat(colour(image, MARGIN + right + at[0], MARGIN + down + at[1]))
          .as("the small maps at %s, %s", at[0], at[1])
          .isEqualTo(theirs.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLensHasThePagesPlacesAndColours(Theme theme, Tab tab) throws IOException {
    var lens = Samples.lens(Samples.tokens(8), 4);
    var figure = Figure.lens(lens);
    int width = open(tab, figure, "fresnel-lens", theme);
    var image = drawn(figure, width + 2 * MARGIN, theme);
    var table = "document.querySelector('fresnel-lens').shadowRoot.querySelector('table')";
    var cells =
        tab.evaluate(
            ("(() => { const t = %s, o = t.getBoundingClientRect(); return"
                    + " [...t.querySelectorAll('td')].map(e => { const b ="
                    + " e.getBoundingClientRect(); return [b.left - o.left, b.top - o.top, b.width,"
                    + " b.height, getComputedStyle(e).backgroundColor]; }); })()")
                .formatted(table));
    assertThat(cells.size()).isEqualTo(5 * 8);
    var columns = LensColumns.of(lens);
    double x = columns.stages();
    for (int position = 0; position < 8; position++) {
      for (int stage = 0; stage < 5; stage++) {
        var cell = cells.get(stage * 8 + position);
        assertThat(cell.get(0).asDouble()).as("left").isCloseTo(x, within(1.0));
        assertThat(cell.get(1).asDouble()).as("top").isCloseTo(40 + stage * 26, within(1.0));
        assertThat(cell.get(2).asDouble()).isCloseTo(columns.widths().get(position), within(1.0));
        assertThat(cell.get(3).asDouble()).as("height").isCloseTo(26, within(1.0));
        assertThat("rgb(" + colour(image, MARGIN + x + 2, MARGIN + 42 + stage * 26) + ")")
            .as("stage %d, position %d", stage, position)
            .isEqualTo(cell.get(4).asText().replace(" ", ""));
      }
      x += columns.widths().get(position);
    }
  }
}
