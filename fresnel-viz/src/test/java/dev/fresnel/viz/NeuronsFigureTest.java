package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NeuronsFigureTest {
  @TempDir Path folder;

  private static byte[] unpacked(DataBlock block) throws IOException {
    var bytes = Base64.getDecoder().decode(block.base64());
    return new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
  }

  @Test
  void eightBitsArePartsOfTheNeuronsGreatestFiniteMagnitude() throws IOException {
    var activations = MoreSamples.neurons(2, 6, 1, 3);
    var bytes = unpacked(PackedNeurons.of(activations, 0, NeuronPrecision.BYTE8));
    assertThat(bytes).hasSize(4 * 3 + 3 * 12);
    var scale = ByteBuffer.wrap(new byte[] {bytes[0], bytes[3], bytes[6], bytes[9]}).getFloat();
    assertThat(scale).isEqualTo(9);
    assertThat(bytes[12 + 1]).isEqualTo(Byte.MIN_VALUE);
    assertThat(bytes[12 + 2]).isEqualTo((byte) 127);
    assertThat(bytes[12 + 4]).isEqualTo((byte) -126);
    assertThat(bytes[12 + 9]).isEqualTo((byte) 126);
  }

  @Test
  void theActivationsThatAreKeptAreThoseFarthestFromZeroInEachText() throws IOException {
    var activations = MoreSamples.neurons(2, 6, 1, 3);
    var bytes = unpacked(PackedNeurons.of(activations, 0, NeuronPrecision.TOP1));
    int cells = 3 * 2;
    assertThat(bytes).hasSize(4 * 3 + 3 * cells);
    assertThat(bytes[12]).as("NaN is the first to be kept").isEqualTo(Byte.MIN_VALUE);
    assertThat(bytes[12 + cells]).isEqualTo((byte) 1);
    assertThat(bytes[13]).isEqualTo((byte) 126);
    assertThat(bytes[13 + cells]).isEqualTo((byte) 3);
  }

  @Test
  void aPageOverItsBudgetKeepsTheStrongestAndSaysSo() {
    var figure = Figure.neurons(MoreSamples.neurons(20, 32, 2, 100));
    int budget = Bundle.SCRIPT.length() + Bundle.MORE.length() + 60_000;
    var small = Report.titled("Small").add(figure).budget(budget).html();
    // A page's frame and style sheet, which the budget leaves out, take less than 12 kB.
    assertThat(small.length()).isLessThan(budget + 12_000);
    assertThat(small).contains("farthest from zero in each text; the others are left out");
    assertThat(Report.titled("Large").add(figure).html()).doesNotContain("are left out");
  }

  @Test
  void aTableNamesTheTokensAtWhichNeuronsFireMost() throws IOException {
    var figure = Figure.topTokens(MoreSamples.neurons(2, 6, 1, 3), 0, 0);
    assertThat(figure.text(Terminal.plain(80))).contains("L0N0").contains("9.000");
    var file = folder.resolve("top.csv");
    figure.write(file);
    assertThat(Files.readString(file))
        .startsWith("neuron,rank,text,position,token,activation\r\nL0N0,1,0,2,")
        .contains("L0N0,2,1,3,");
    for (var theme : Theme.values()) {
      figure.picture(400, theme).writePng(folder.resolve("top.png"));
      Figure.topSamples(MoreSamples.neurons(2, 6, 1, 3), 0, 2)
          .picture(400, theme)
          .writePng(folder.resolve("texts.png"));
    }
  }

  @Test
  void aNeuronThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> Figure.neurons(MoreSamples.neurons(1, 5, 1, 3), 0, 3))
        .isInstanceOf(FresnelException.class)
        .hasMessage("there is no neuron L0N3: layers are 0 to 0, neurons 0 to 2");
  }
}
