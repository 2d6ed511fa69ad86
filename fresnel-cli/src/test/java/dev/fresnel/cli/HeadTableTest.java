package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HeadTableTest {
  @Test
  void layersGoDownAndHeadsAcross() {
    assertThat(HeadTable.of(new double[][] {{0.25, -1}, {9.5, 0}}))
        .isEqualTo("        H0    H1\nL0    0.25 -1.00\nL1    9.50  0.00\n");
  }

  @Test
  void whatRoundsToZeroHasNoSign() {
    assertThat(HeadTable.of(new double[][] {{-0.001, -0.6}})).endsWith("L0    0.00 -0.60\n");
  }

  /** As in the cells of a heat map. */
  @Test
  void smallNumbersAreNotAllZero() {
    assertThat(HeadTable.of(new double[][] {{0.00217, -0.00041}, {8.6e-6, 0}}))
        .isEqualTo("          H0      H1\nL0    0.0022 -0.0004\nL1    0.0000  0.0000\n");
    assertThat(HeadTable.of(new double[][] {{8.6e-6, -2e-7}, {0, Double.NaN}}))
        .isEqualTo("        H0    H1\nL0    9e-6 -2e-7\nL1       0   NaN\n");
    var row = new double[12];
    Arrays.fill(row, -0.0031);
    assertThat(HeadTable.of(new double[][] {row}, "H", 80).lines())
        .allMatch(line -> line.length() <= 80)
        .anyMatch(line -> line.endsWith(" H11"));
  }

  @Test
  void manyHeadsTakeSeveralPanelsOfEightyColumns() {
    var row = new double[32];
    Arrays.fill(row, -123.456);
    String table = HeadTable.of(new double[][] {row});
    assertThat(table.lines()).allMatch(line -> line.length() <= 80);
    assertThat(table).contains("H31").contains(" -123 ");
    assertThat(table.lines().filter(line -> line.startsWith("L0"))).hasSize(3);
  }

  @Test
  void aScoreThatIsNotANumberKeepsItsColumn() {
    assertThat(HeadTable.of(new double[][] {{Double.NaN, 0.5}})).contains("L0     NaN  0.50");
  }
}
