package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class CurvesFigureTest {
  /**
   * Axes by hand: tokens from 100 (x 30) to 10,000 (x 336), so that 1000 is at 183; losses from 2
   * (y 224) to 10 (y 64), 20 per nat; scores from 0 (y 352) to 1 (y 256).
   */
  private static final Curves.Run RUN =
      new Curves.Run(
          "toy",
          new double[] {100, 1000, 10_000},
          new double[][] {{9, 8, 5}, {8, 7, 6}, {9, 8, 3}, {0.25, 0.5, 0.75}, {0, 0.5, 1}},
          new Curves.Mark("induction 0.5", "induction", 1));

  @TempDir Path folder;

  private static CurvesFigure figure(Curves.Run... runs) {
    return Figure.curves(Samples.training(runs));
  }

  private static Document parsed(String svg) throws Exception {
    var factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<Element> elements(Document document, String name) {
    var nodes = document.getElementsByTagName(name);
    var elements = new ArrayList<Element>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  private static List<String> texts(Document document) {
    return elements(document, "text").stream().map(Element::getTextContent).toList();
  }

  @Test
  void curvesRunThroughTheirPoints() throws Exception {
    // A file's drawing stands 18 from its edges.
    var lines =
        elements(parsed(figure(RUN).svg()), "polyline").stream()
            .filter(line -> line.getAttribute("stroke-width").equals("2"))
            .map(line -> line.getAttribute("points"))
            .toList();
    assertThat(lines)
        .containsExactly(
            "48,102 201,122 354,182",
            "48,122 201,142 354,162",
            "48,102 201,122 354,222",
            "48,346 201,322 354,298",
            "48,370 201,322 354,274");
  }

  @Test
  void theMomentOfFormationIsMarkedAndNamed() throws Exception {
    var svg = parsed(figure(RUN).svg());
    assertThat(texts(svg)).contains("induction 0.5 at 1 k tokens", "100", "1 k", "10 k");
    assertThat(elements(svg, "polyline").stream().map(line -> line.getAttribute("points")))
        .contains("201,57 201,370");
    var dot = elements(svg, "circle");
    assertThat(dot).hasSize(1);
    assertThat(dot.get(0).getAttribute("cx")).isEqualTo("201");
    assertThat(dot.get(0).getAttribute("cy")).isEqualTo("322");
  }

  @Test
  void aRunWithoutInductionSaysSo() throws Exception {
    var svg = parsed(figure(Samples.trained("toy", 20, false)).svg());
    assertThat(texts(svg)).contains("induction stays below 0.5");
    assertThat(elements(svg, "circle")).isEmpty();
  }

  @Test
  void runsBesideEachOtherHaveTheSameAxes() throws Exception {
    var shorter =
        new Curves.Run(
            "shorter",
            new double[] {100, 1000},
            new double[][] {{9, 8}, {8, 7}, {9, 8}, {0.25, 0.5}, {0, 0.5}},
            null);
    var lines =
        elements(parsed(figure(RUN, shorter).svg()), "polyline").stream()
            .filter(line -> line.getAttribute("stroke-width").equals("2"))
            .map(line -> line.getAttribute("points"))
            .toList();
    assertThat(lines).hasSize(10);
    assertThat(lines.get(5)).isEqualTo("506,102 659,122");
  }

  @Test
  void whereThereAreNoNumbersThereIsNoLine() throws Exception {
    double none = Double.NaN;
    double infinite = Double.POSITIVE_INFINITY;
    var run =
        new Curves.Run(
            "gaps",
            new double[] {1, 2, 3, 4},
            new double[][] {
              {none, 1, none, none},
              {1, 1, 1, none},
              {1, none, infinite, 1},
              {0, none, none, none},
              {0, 0, 0, 0}
            },
            null);
    var svg = figure(run).svg();
    assertThat(svg).doesNotContain("NaN").doesNotContain("Infinity");
    assertThat(elements(parsed(svg), "circle")).hasSize(4);
    var nothing = new Curves.Run("nothing", new double[] {5}, filled(5, none), null);
    assertThat(parsed(figure(nothing).svg())).isNotNull();
  }

  private static double[][] filled(int series, double value) {
    var values = new double[series][1];
    for (var row : values) {
      row[0] = value;
    }
    return values;
  }

  @Test
  void labelsStandApart() {
    assertThat(CurvesPanel.apart(new double[] {10, 12, 60}, 14, 100)).containsExactly(10, 24, 60);
    assertThat(CurvesPanel.apart(new double[] {90, 95, 99}, 14, 100)).containsExactly(72, 86, 100);
  }

  @Test
  void runsWithTheSameNumbersAreEqualAndKeepThem() {
    var along = RUN.along();
    var values = RUN.values();
    var same = new Curves.Run("toy", along, values, RUN.mark());
    along[0] = 50;
    values[0][0] = 0;
    same.values()[1][1] = 0;
    assertThat(same).isEqualTo(RUN).hasSameHashCodeAs(RUN);
    assertThat(new Curves.Run("toy", along, values, RUN.mark())).isNotEqualTo(RUN);
  }

  @Test
  void oneSeriesInOnePanelIsEnough() throws Exception {
    var panel = new Curves.Panel("loss", "loss", List.of("loss"), null);
    var run = new Curves.Run("one", new double[] {1, 10}, new double[][] {{2, 1}}, null);
    var curves =
        new Curves("T", "C", new Curves.Along("steps", "steps"), List.of(panel), List.of(run));
    var svg = parsed(Figure.curves(curves).svg());
    // 266 for the panel and its axis, and 18 above and below.
    assertThat(svg.getDocumentElement().getAttribute("height")).isEqualTo("302");
    assertThat(svg.getDocumentElement().getAttribute("aria-label"))
        .isEqualTo("one. From 1 to 10 steps: loss loss 2.000 to 1.000.");
  }

  @Test
  void aNameIsShownAndNeverObeyed() throws Exception {
    var name = "</text><script>x</script> & \"quoted\" \u0000\u001b[2J\u009b\u202e\ufffe\r";
    var svg = figure(new Curves.Run(name, RUN.along(), RUN.values(), RUN.mark())).svg();
    assertThat(elements(parsed(svg), "script")).isEmpty();
    assertThat(texts(parsed(svg)))
        .contains(
            "</text><script>x</script> & \"quoted\" \\u0000\\u001b[2J\\u009b\\u202e\\ufffe\\u000d");
  }

  @Test
  void aPictureIsOfItsSizeAndHasInk() throws IOException {
    var file = folder.resolve("curves.png");
    figure(RUN, RUN).writePng(file);
    var image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(1868);
    assertThat(image.getHeight()).isEqualTo(860);
    assertThat(image.getRGB(2, 2)).isEqualTo(0xffffffff);
    // The dot where induction forms, in both columns: at twice (18 + 183, 18 + 304).
    assertThat(image.getRGB(402, 644)).isEqualTo(0xffb3410a);
    assertThat(image.getRGB(402 + 2 * 458, 644)).isEqualTo(0xffb3410a);
    assertThat(ink(image, 36, 40, 200, 70)).as("the run's name").isGreaterThan(100);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  private static int ink(BufferedImage image, int left, int top, int right, int bottom) {
    int dark = 0;
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        dark += (image.getRGB(x, y) & 0xff) < 0x80 ? 1 : 0;
      }
    }
    return dark;
  }

  @Test
  void aFileKnowsDarkColoursAndNoAddress() throws IOException {
    var file = folder.resolve("curves.svg");
    Files.writeString(file, "old");
    figure(RUN).writeSvg(file);
    var svg = Files.readString(file);
    assertThat(svg)
        .startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"")
        .contains("@media (prefers-color-scheme:dark)");
    assertThat(svg.substring(40)).doesNotContain("://");
  }

  @Test
  void whatCannotBeDrawnOrWrittenIsSaid() {
    assertThatThrownBy(() -> figure())
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("at least one run, got 2 and 0");
    assertThatThrownBy(() -> new Curves.Run("toy", new double[0], new double[5][0], null))
        .hasMessageContaining("“toy” has no point");
    assertThatThrownBy(
            () -> new Curves.Run("toy", new double[] {1000, 100}, new double[5][2], null))
        .hasMessageContaining("point 2: expected more than 1000")
        .hasMessageContaining("got 100");
    assertThatThrownBy(() -> new Curves.Run("toy", new double[] {1, 2}, new double[5][3], null))
        .hasMessageContaining("must have 2 values, one per point; got 3");
    assertThatThrownBy(
            () -> figure(new Curves.Run("toy", new double[] {1}, new double[4][1], null)))
        .hasMessageContaining("values of 5 series (training, held out, ")
        .hasMessageContaining("got 4");
    var mark = new Curves.Mark("x", "loss", 0);
    assertThatThrownBy(
            () -> figure(new Curves.Run("toy", new double[] {1}, new double[5][1], mark)))
        .hasMessageContaining("marks the series “loss”; known here: training");
    assertThatThrownBy(() -> new Curves.Panel("p", "p", List.of("a", "b", "c", "d"), null))
        .hasMessageContaining("1 to 3 series, got 4");
    assertThatThrownBy(() -> figure(RUN).writeSvg(folder.resolve("none/x.svg")))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("cannot be written")
        .hasMessageContaining("does not exist");
  }
}
