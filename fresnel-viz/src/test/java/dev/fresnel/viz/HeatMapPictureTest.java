package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heat maps as files. */
class HeatMapPictureTest {
  @TempDir Path folder;

  static HeatMap map(int rows, int columns, boolean signed) {
    var values = new double[rows][columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        values[row][column] = Math.sin(1 + row * 3.1 + column * 1.7) - (signed ? 0.2 : -1);
      }
    }
    values[1][2] = Double.NaN;
    var map = HeatMap.of("restored", values, Labels.layers(rows), Labels.heads(columns));
    return signed ? map.signed().unit("logits") : map;
  }

  @Test
  void aPictureIsAsWideAsAskedForAndWiderWhereItsColumnsNeedIt() {
    assertThat(Figure.heatMap(map(3, 4, true)).picture(500, Theme.LIGHT).width()).isEqualTo(500);
    // 36 for the rows' names, 12 per column, 4 behind them, and both margins.
    assertThat(Figure.heatMap(map(3, 200, true)).picture(500, Theme.LIGHT).width())
        .isEqualTo(36 + 200 * 12 + 4 + 48);
    assertThatThrownBy(() -> Figure.heatMap(map(3, 4, true)).picture(20, Theme.LIGHT))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("100 to 10000 pixels wide, got 20");
  }

  @Test
  void anSvgFileHasItsNumbersAndNoAddress() throws IOException {
    var file = folder.resolve("map.svg");
    Figure.heatMaps(List.of(map(3, 4, true), map(3, 4, true)))
        .picture(900, Theme.DARK)
        .writeSvg(file);
    var svg = Files.readString(file);
    assertThat(svg)
        .startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"")
        .contains(">restored<", ">L2<", ">H3<", ">logits<", ">×<", ">0.64<")
        .contains("<rect width=\"100%\" height=\"100%\" fill=\"#15181e\"/>");
    assertThat(svg.substring(40)).doesNotContain("://");
    // The background, a hatching, the cells, and the steps of the colour bar.
    assertThat(svg.split("<rect ")).hasSize(1 + 1 + 1 + 2 * 12 + 100);
  }

  /** A page says it in place of the cells; a picture and a text in the map's name. */
  @Test
  void aDetectorWhoseRuleHoldsForNoCellSaysSo() throws IOException {
    var figure = Figure.heads(Samples.undefined("induction", 2, 3));
    var svg = folder.resolve("heads.svg");
    var csv = folder.resolve("heads.csv");
    figure.picture(500, Theme.LIGHT).writeSvg(svg);
    figure.writeCsv(csv);
    assertThat(Files.readString(svg)).contains(">induction: no such cell<");
    assertThat(figure.text(Terminal.plain(80))).startsWith("induction: no such cell, score");
    assertThat(Files.readString(csv)).contains("\ninduction,L0,H0,");
  }

  /** As on a page: beside the map where there is room, else below it. */
  @Test
  void anAttributionsFilesShowWhatIsNotAHead() throws IOException {
    var attribution = Samples.attribution(3, 4);
    var figure = Figure.attribution(attribution);
    var components = attribution.components();
    assertThat(components).isNotEmpty();
    var map = Figure.heatMap(HeatMapPictureTest.map(3, 4, true));
    for (int width : new int[] {500, 960}) {
      var file = folder.resolve("attribution.svg");
      figure.picture(width, Theme.LIGHT).writeSvg(file);
      var svg = Files.readString(file);
      assertThat(svg).contains(">What is not a head<", ">embed<", ">0.4100<", ">-0.08000<");
      for (var component : components) {
        assertThat(svg).contains(">" + component.name() + "<");
      }
      assertThat(figure.picture(width, Theme.LIGHT).width()).isEqualTo(width);
    }
    assertThat(figure.picture(500, Theme.LIGHT).height())
        .isGreaterThan(map.picture(500, Theme.LIGHT).height() + 100);
    assertThat(figure.picture(960, Theme.LIGHT).height())
        .isLessThan(map.picture(960, Theme.LIGHT).height() + 50);
    // A model with many heads leaves no room beside its map.
    var wide = Figure.attribution(Samples.attribution(3, 64)).picture(960, Theme.LIGHT);
    assertThat(wide.height()).isGreaterThan(map.picture(960, Theme.LIGHT).height() + 100);
    assertThat(figure.text(Terminal.plain(80)))
        .contains("not a head")
        .containsPattern("embed +0\\.4100")
        .containsPattern("pos_embed +-0\\.08000");
  }

  @Test
  void aCsvFileHasALinePerCell() throws IOException {
    var file = folder.resolve("map.csv");
    var values = new double[][] {{0.5, Double.NaN}};
    Figure.heatMap(
            HeatMap.of(
                "a \"b\", c", values, Labels.layers(1), Labels.of("kind", List.of("q", "k,v"))))
        .writeCsv(file);
    assertThat(Files.readString(file))
        .isEqualTo(
            "map,layer,kind,value\r\n"
                + "\"a \"\"b\"\", c\",L0,q,0.5\r\n"
                + "\"a \"\"b\"\", c\",L0,\"k,v\",NaN\r\n");
  }
}
