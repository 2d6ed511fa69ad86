package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class TableNumbersTest {
  private static String text(double value, double greatest) {
    return new TableNumbers(greatest, 2).text(value);
  }

  @Test
  void smallNumbersHaveTheDecimalsThatTheGreatestNeeds() {
    assertThat(text(0.123, 1)).isEqualTo("0.12");
    assertThat(text(-0.001, 1)).isEqualTo("0.00");
    assertThat(text(123.4, 200)).isEqualTo("123");
    assertThat(text(0.0123, 0.05)).isEqualTo("0.012");
    assertThat(text(0.00912, 0.00912)).isEqualTo("0.0091");
    assertThat(text(-0.00087, 0.0009)).isEqualTo("-9e-4");
    assertThat(text(0, 0.0009)).isEqualTo("0");
    assertThat(text(0, 0)).isEqualTo("0.00");
  }

  @Test
  void aListCanHaveMoreDecimalsThanATable() {
    var numbers = TableNumbers.of(DoubleStream.of(0.0021701, Double.NaN, -0.00034), 3);
    assertThat(numbers.greatest()).isEqualTo(0.0021701);
    assertThat(numbers.text(0.0021701)).isEqualTo("0.00217");
    assertThat(numbers.text(-0.00034)).isEqualTo("-0.00034");
    assertThat(numbers.text(Double.NaN)).isEqualTo("NaN");
    var large = TableNumbers.of(DoubleStream.of(-123.4567, 5000, Double.POSITIVE_INFINITY), 3);
    assertThat(large.text(-123.4567)).isEqualTo("-123.457");
    assertThat(large.text(5000)).isEqualTo("5000");
    assertThat(TableNumbers.of(DoubleStream.of(1.5e-5), 3).text(1.5e-5)).isEqualTo("1.5e-5");
    assertThat(TableNumbers.of(DoubleStream.empty(), 3).text(0)).isEqualTo("0.000");
  }
}
