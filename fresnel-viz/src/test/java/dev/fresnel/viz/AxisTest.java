package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void equalRatiosAreEquallyFarApartOnALogarithmicAxis() {
    var axis = Axis.logarithmic(100, 10_000, 30, 230);
    assertThat(axis.at(100)).isEqualTo(30);
    assertThat(axis.at(1000)).isCloseTo(130, within(1e-9));
    assertThat(axis.at(10_000)).isEqualTo(230);
  }

  @Test
  void aLogarithmicAxisIsMarkedAtOneTwoAndFive() {
    assertThat(Axis.logarithmic(48_000, 2_400_000, 0, 1).ticks())
        .containsExactly(5e4, 1e5, 2e5, 5e5, 1e6, 2e6);
  }

  @Test
  void aLongLogarithmicAxisIsMarkedAtPowersOfTenAlone() {
    assertThat(Axis.logarithmic(1e3, 1e7, 0, 1).ticks()).containsExactly(1e3, 1e4, 1e5, 1e6, 1e7);
  }

  @Test
  void aShortLogarithmicAxisIsMarkedAtItsEnds() {
    assertThat(Axis.logarithmic(1.1e6, 1.9e6, 0, 1).ticks()).containsExactly(1.1e6, 1.9e6);
  }

  @Test
  void oneValueStandsInTheMiddleOfAnAxis() {
    assertThat(Axis.logarithmic(1000, 1000, 0, 10).at(1000)).isCloseTo(5, within(1e-9));
    assertThat(Axis.linear(3, 3, 0, 10).ticks()).containsExactly(3.0, 4.0);
  }

  @Test
  void aLinearAxisBeginsAndEndsAtRoundValues() {
    var axis = Axis.linear(2.3, 8.2, 224, 64);
    assertThat(axis.ticks()).containsExactly(2.0, 4.0, 6.0, 8.0, 10.0);
    assertThat(axis.at(2)).isEqualTo(224);
    assertThat(axis.at(6)).isEqualTo(144);
    assertThat(axis.at(10)).isEqualTo(64);
    assertThat(axis.label(4)).isEqualTo("4");
    assertThat(Axis.linear(0.11, 0.18, 0, 1).ticks()).hasSize(5);
    assertThat(Axis.linear(0.11, 0.18, 0, 1).label(0.12)).isEqualTo("0.12");
    assertThat(new Axis(0, 1, 0.5, 0, 1).label(0.5)).isEqualTo("0.5");
  }

  @Test
  void anAxisOfFourStepsHasTheEndsOfAPagesChart() {
    assertThat(Axis.quarters(0.3, 5.2, 0, 1).ticks()).containsExactly(0.0, 1.5, 3.0, 4.5, 6.0);
    assertThat(Axis.quarters(-1, 40, 0, 1).ticks()).containsExactly(-15.0, 0.0, 15.0, 30.0, 45.0);
    var fine = Axis.quarters(0.1, 0.95, 0, 1);
    assertThat(fine.ticks()).containsExactly(0.0, 0.25, 0.5, 0.75, 1.0);
    assertThat(fine.label(0.25)).isEqualTo("0.25");
    var about = Axis.quarters(-0.3, 0.1, 0, 1);
    assertThat(about.ticks().stream().map(about::label))
        .containsExactly("-0.3", "-0.2", "-0.1", "0.0", "0.1");
    assertThat(Axis.quarters(3, 3, 0, 1).ticks()).startsWith(3.0).hasSize(5);
  }

  @Test
  void amountsHaveThreeDigits() {
    assertThat(Axis.amount(7)).isEqualTo("7");
    assertThat(Axis.amount(999)).isEqualTo("999");
    assertThat(Axis.amount(48_000)).isEqualTo("48 k");
    assertThat(Axis.amount(999_999)).isEqualTo("1 M");
    assertThat(Axis.amount(2_346_000)).isEqualTo("2.35 M");
    assertThat(Axis.amount(300e9)).isEqualTo("300 B");
    assertThat(Axis.amount(15e12)).isEqualTo("15000 B");
  }
}
