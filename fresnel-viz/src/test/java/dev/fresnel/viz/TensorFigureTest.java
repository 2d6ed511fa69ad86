package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.analysis.TensorValues;
import dev.fresnel.analysis.TensorValues.Axis;
import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@InChromium
class TensorFigureTest {
  private static final String ROOT = "document.querySelector('fresnel-tensor').shadowRoot";

  @TempDir Path folder;

  private static TensorFigure figure() {
    var values = new float[2 * 3 * 4];
    for (int i = 0; i < values.length; i++) {
      values[i] = i - 11;
    }
    values[5] = Float.NaN;
    values[6] = Float.NEGATIVE_INFINITY;
    var axes = List.of(new Axis("batch", 2), new Axis("pos", 3), new Axis("d_model", 4));
    return Figure.of(TensorValues.of(axes, values));
  }

  @Test
  void aPictureAndATextShowTheChosenIndexOfAnAxis() {
    var second = figure().at("batch", 1);
    assertThat(second.text(Terminal.plain(80)))
        .contains("↓ pos, → d_model; batch 1")
        .contains("12.00")
        .doesNotContain("-10.00");
    assertThat(second.picture(500, Theme.LIGHT).svg()).contains("; batch 1</text>");
    assertThat(second.axes("batch", "pos").text(Terminal.plain(80))).contains("; d_model 0");
    assertThat(Report.titled("Test").add(second).html()).contains("\"at\":[1,0,0]");
    assertThatThrownBy(() -> figure().at("batch", 2))
        .isInstanceOf(FresnelException.class)
        .hasMessage("axis “batch” has the indices 0 to 1, got 2");
    assertThatThrownBy(() -> figure().at("head", 0)).hasMessageContaining("no axis “head”");
  }

  @Test
  void aTensorsFigureOutlivesTheTensor() {
    var shape = Shape.of(List.of(new Dim("pos"), new Dim("d_model")), 2, 2);
    var figure = Figure.of(Tensor.of(shape, 1, 2, 3, Float.NaN));
    assertThat(figure.title()).isEqualTo("Tensor [pos 2, d_model 2]");
    assertThat(figure.text(Terminal.plain(80)))
        .contains("least 1.000, greatest 3.000, mean 2.000, standard deviation 0.8165")
        .contains("NaN: 1, infinite: 0");
  }

  @Test
  void aScalarAndAVectorHaveFiguresToo() {
    assertThat(Figure.of(TensorValues.of(List.of(), 7)).text(Terminal.plain(80))).contains("7.000");
    var vector = Figure.of(TensorValues.of(List.of(new Axis("head", 3)), 1, 2, 3));
    assertThat(vector.text(Terminal.plain(80))).contains("→ head").contains("3.000");
  }

  @Test
  void chosenAxesAreRowsAndColumnsAndOthersAreRefusedByName() {
    assertThat(figure().axes("batch", "pos").text(Terminal.plain(80)))
        .contains("↓ batch, → pos; d_model 0");
    assertThatThrownBy(() -> figure().axes("batch", "head"))
        .isInstanceOf(FresnelException.class)
        .hasMessage("there is no axis “head”; the axes are batch, pos, d_model");
    assertThatThrownBy(() -> figure().axes("pos", "pos"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("must be two axes");
  }

  @Test
  void aTableHasALinePerNumber() throws Exception {
    var file = folder.resolve("tensor.csv");
    figure().writeCsv(file);
    assertThat(Files.readAllLines(file))
        .hasSize(25)
        .startsWith("batch,pos,d_model,value", "0,0,0,-11.0", "0,0,1,-10.0")
        .contains("0,1,1,NaN", "1,2,3,12.0");
  }

  @Test
  void aLargeTensorIsMadeCoarserAndSaysSo() {
    var values = new float[3000 * 1000];
    values[2999 * 1000 + 999] = 5;
    values[17] = -2;
    var grid =
        TensorGrid.of(TensorValues.of(List.of(new Axis("a", 3000), new Axis("b", 1000)), values));
    var sample = TensorSample.of(grid);
    assertThat(sample.values().length).isLessThanOrEqualTo(TensorSample.MOST);
    assertThat(sample.values()[sample.values().length - 1]).isEqualTo(5);
    assertThat(sample.note())
        .contains("farthest from zero of 3 by 1", "statistics are those of all numbers");
    var many = new float[300 * 100 * 100];
    var axes = List.of(new Axis("x", 300), new Axis("y", 100), new Axis("z", 100));
    assertThat(TensorSample.of(TensorGrid.of(TensorValues.of(axes, many))).note())
        .contains("the first 75 of 300 indices of x");
  }

  @Test
  void onAPageAxesAreChosenAndOthersHaveSliders(Tab tab) {
    var page = folder.resolve("page.html");
    Report.titled("Test").add(figure()).write(page);
    tab.size(900, 700, 1).load(page);
    tab.waitFor("document.querySelector('fresnel-tensor').dataset.ready === ''");
    tab.frames();
    assertThat(tab.text(ROOT + ".querySelector('.facts').textContent"))
        .contains("24 numbers", "NaN: 1, infinite: 1");
    var canvas = ROOT + ".querySelector('canvas')";
    // The second row and the second column, at 24 pixels a cell.
    tab.hover(canvas, 52 + 24 + 12, 22 + 24 + 12);
    assertThat(tab.text(ROOT + ".querySelector('.readout').textContent"))
        .contains("batch 0, pos 1, d_model 1: NaN");
    tab.evaluate(
        "(() => { const s = %s.querySelector('input[type=range]'); s.value = 1; s.dispatchEvent(new Event('input')); })()"
            .formatted(ROOT));
    tab.hover(canvas, 52 + 2 * 24 + 12, 22 + 2 * 24 + 12);
    assertThat(tab.text(ROOT + ".querySelector('.readout').textContent"))
        .contains("batch 1, pos 2, d_model 2: 11.00");
    tab.evaluate(
        "(() => { const s = %s.querySelector('select'); s.value = '0'; s.dispatchEvent(new Event('change')); })()"
            .formatted(ROOT));
    tab.frames();
    assertThat(tab.text(ROOT + ".querySelector('.axes').textContent"))
        .isEqualTo("↓ batch, → d_model");
    assertThat(tab.console()).isEmpty();
    assertThat(tab.foreignRequests()).isEmpty();
  }
}
