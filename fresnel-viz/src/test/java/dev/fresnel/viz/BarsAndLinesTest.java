package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BarsAndLinesTest {
  @TempDir Path folder;

  private String written(Figure figure) throws IOException {
    var file = folder.resolve("figure.csv");
    figure.write(file);
    return Files.readString(file);
  }

  @Test
  void theBarsThatAreNotShownAreOneBarSoThatTheSumIsRight() {
    var labels = IntStream.range(0, 100).mapToObj(i -> "part " + i).toList();
    double[] values = IntStream.range(0, 100).mapToDouble(i -> i % 2 == 0 ? i : -i).toArray();
    var rows = BarRow.of(Bars.of("parts", labels, values), true);
    assertThat(rows).hasSize(22);
    assertThat(rows.get(0)).isEqualTo(new BarRow("part 99", -99, 0, false));
    assertThat(rows.get(1).from()).isEqualTo(-99);
    assertThat(rows.get(20).label()).isEqualTo("the other 80");
    // Sums of integers are exact.
    assertThat(rows.get(20).to()).isEqualTo(-50);
    assertThat(rows.get(21)).isEqualTo(new BarRow("sum", -50, 0, true));
  }

  @Test
  void theBarsOfAnAttributionAreAllItsParts() {
    var attribution = Samples.attribution(2, 3);
    var bars = Bars.of(attribution);
    assertThat(bars.labels())
        .startsWith("L0H0", "L0H1")
        .hasSize(6 + attribution.components().size());
    double heads = attribution.scores().all().stream().mapToDouble(head -> head.score()).sum();
    double others = attribution.components().stream().mapToDouble(each -> each.score()).sum();
    assertThat(bars.sum()).isCloseTo(heads + others, within(1e-9));
  }

  @Test
  void numbersAreWrittenAsTheyAre() throws IOException {
    assertThat(written(Figure.bars(MoreSamples.bars())))
        .isEqualTo(
            "name,logits\r\n"
                + "L0H0,2.0\r\n"
                + "embed,-3.0\r\n"
                + "<b>bold</b>,0.5\r\n"
                + "nothing,0.0\r\n"
                + "none,NaN\r\n");
    assertThat(written(Figure.lines(MoreSamples.lines())))
        .startsWith("layer,rank of Mary,alone\r\nL0,40.0,NaN\r\n");
    assertThat(Figure.bars(MoreSamples.bars()).text(Terminal.plain(60)))
        .contains("embed")
        .contains("-3.000")
        .contains("NaN");
    assertThat(Figure.lines(MoreSamples.lines()).text(Terminal.plain(60))).contains("rank of Mary");
  }

  @Test
  void picturesAreDrawnAlsoOfOnePlaceAndOfNoNumber() throws IOException {
    var none = new double[] {Double.NaN};
    var one = Lines.of("one", Labels.layers(1), Map.of("a", new double[] {3}));
    for (var figure :
        List.of(
            Figure.lines(one),
            Figure.lines(Lines.of("none", Labels.layers(1), Map.of("a", none))),
            Figure.bars(Bars.of("none", List.of("a"), none)),
            Figure.waterfall(Bars.of("zero", List.of("a"), new double[] {0})),
            Figure.predictions(MoreSamples.predictions(Samples.tokens(1))))) {
      for (var theme : Theme.values()) {
        var file = folder.resolve("figure.svg");
        figure.picture(300, theme).writeSvg(file);
        assertThat(Files.readString(file)).doesNotContain("NaN,").doesNotContain("=\"NaN");
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> Bars.of("b", List.of("x"), new double[2]))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("2 values and 1 labels");
    assertThatThrownBy(() -> Lines.of("l", Labels.layers(3), Map.of("a", new double[2])))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("expected 3, got 2");
  }
}
