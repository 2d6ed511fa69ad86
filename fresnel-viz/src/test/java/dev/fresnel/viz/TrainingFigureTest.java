package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.analysis.TrainingCurves;
import dev.fresnel.analysis.TrainingCurves.Measured;
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

class TrainingFigureTest {
  /**
   * Axes by hand: tokens from 100 (x 30) to 10,000 (x 336), so that 1000 is at 183; losses from 2
   * (y 224) to 10 (y 64), 20 a nat; scores from 0 (y 352) to 1 (y 256).
   */
  private static final TrainingCurves RUN =
      new TrainingCurves(
          "toy",
          List.of(
              new Measured(100, 9, 8, 9, 0, 0.25),
              new Measured(1000, 8, 7, 8, 0.5, 0.5),
              new Measured(10_000, 5, 6, 3, 1, 0.75)));

  @TempDir Path folder;

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
        elements(parsed(Figure.training(RUN).svg()), "polyline").stream()
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
    var svg = parsed(Figure.training(RUN).svg());
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
    var svg = parsed(Figure.training(Samples.training("toy", 20, false)).svg());
    assertThat(texts(svg)).contains("induction stays below 0.5");
    assertThat(elements(svg, "circle")).isEmpty();
  }

  @Test
  void runsBesideEachOtherHaveTheSameAxes() throws Exception {
    var shorter = new TrainingCurves("shorter", RUN.measured().subList(0, 2));
    var lines =
        elements(parsed(Figure.training(List.of(RUN, shorter)).svg()), "polyline").stream()
            .filter(line -> line.getAttribute("stroke-width").equals("2"))
            .map(line -> line.getAttribute("points"))
            .toList();
    assertThat(lines).hasSize(10);
    assertThat(lines.get(5)).isEqualTo("506,102 659,122");
  }

  @Test
  void whereThereAreNoNumbersThereIsNoLine() throws Exception {
    double none = Double.NaN;
    var run =
        new TrainingCurves(
            "gaps",
            List.of(
                new Measured(1, none, 1, 1, 0, 0),
                new Measured(2, 1, 1, none, 0, none),
                new Measured(3, none, 1, Double.POSITIVE_INFINITY, 0, none),
                new Measured(4, none, none, 1, 0, none)));
    var svg = Figure.training(run).svg();
    assertThat(svg).doesNotContain("NaN").doesNotContain("Infinity");
    assertThat(elements(parsed(svg), "circle")).hasSize(4);
    var nothing =
        new TrainingCurves("nothing", List.of(new Measured(5, none, none, none, none, none)));
    assertThat(parsed(Figure.training(nothing).svg())).isNotNull();
  }

  @Test
  void labelsStandApart() {
    assertThat(TrainingDrawing.apart(new double[] {10, 12, 60}, 14, 100))
        .containsExactly(10, 24, 60);
    assertThat(TrainingDrawing.apart(new double[] {90, 95, 99}, 14, 100))
        .containsExactly(72, 86, 100);
  }

  @Test
  void aNameIsShownAndNeverObeyed() throws Exception {
    var name = "</text><script>x</script> & \"quoted\" \u0000";
    var svg = Figure.training(new TrainingCurves(name, RUN.measured())).svg();
    assertThat(elements(parsed(svg), "script")).isEmpty();
    assertThat(texts(parsed(svg))).contains(name.replace('\u0000', '\ufffd'));
  }

  @Test
  void aPictureIsOfItsSizeAndHasInk() throws IOException {
    var file = folder.resolve("curves.png");
    Figure.training(List.of(RUN, RUN)).writePng(file);
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
    Figure.training(RUN).writeSvg(file);
    var svg = Files.readString(file);
    assertThat(svg)
        .startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"")
        .contains("@media (prefers-color-scheme:dark)");
    assertThat(svg.substring(40)).doesNotContain("://");
  }

  @Test
  void whatCannotBeDrawnOrWrittenIsSaid() {
    assertThatThrownBy(() -> Figure.training(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one run");
    assertThatThrownBy(() -> new TrainingCurves("toy", List.of()))
        .hasMessageContaining("“toy” holds no measurement");
    assertThatThrownBy(
            () -> new TrainingCurves("toy", List.of(RUN.measured().get(1), RUN.measured().get(0))))
        .hasMessageContaining("measurement 2: expected more than 1000 tokens")
        .hasMessageContaining("got 100");
    assertThatThrownBy(() -> Figure.training(RUN).writeSvg(folder.resolve("none/x.svg")))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("cannot be written")
        .hasMessageContaining("does not exist");
  }
}
