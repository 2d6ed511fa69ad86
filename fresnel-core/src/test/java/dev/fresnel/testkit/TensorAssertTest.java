package dev.fresnel.testkit;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class TensorAssertTest {
  private static final Dim ROW = new Dim("row");
  private static final Dim COLUMN = new Dim("column");
  private static final Shape SHAPE = Shape.of(ROW, 2).and(COLUMN, 3);

  private final Tensor tensor = Tensor.of(SHAPE, 0f, 1f, 2f, 3f, 4f, 5f);

  @Test
  void aFailureNamesTheFirstWrongNumberAndTheWorst() {
    Tensor expected = Tensor.of(SHAPE, 0f, 1f, 2f, 3.5f, 4f, 7f);
    assertThatThrownBy(() -> assertThat(tensor).as("scores").isWithin(0.25, expected))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("[scores] at [row 1, column 0]: is 3.0, expected 3.5")
        .hasMessageContaining("an error of 5.0e-01, where 2.5e-01 is allowed")
        .hasMessageContaining("2 of 6 numbers of [row 2, column 3] differ too much")
        .hasMessageContaining("most of all at [row 1, column 2]: is 5.0, expected 7.0");
    assertThat(tensor).isWithin(2, expected);
  }

  @Test
  void closenessGrowsWithTheExpectedNumber() {
    assertThatNumbers(1000f, 0f).isCloseTo(new float[] {1000.9f, 0.0009f}, 1e-3);
    assertThatThrownBy(() -> assertThatNumbers(0f).isCloseTo(new float[] {0.0011f}, 1e-3))
        .hasMessageContaining("at [index 0]");
    assertThatThrownBy(() -> assertThatNumbers(1000f).isCloseTo(new float[] {1002f}, 1e-3))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void theLargestExpectedNumberSetsWhatIsAllowedForAll() {
    Tensor expected = Tensor.of(SHAPE, 0.04f, 1f, 2f, 3f, 4f, 5f);
    assertThat(tensor).isWithinShareOfLargest(0.01, expected);
    assertThatThrownBy(() -> assertThat(tensor).isWithinShareOfLargest(0.005, expected))
        .hasMessageContaining("at [row 0, column 0]");
    Tensor zeros = Tensor.full(SHAPE, 0);
    assertThat(zeros).isWithinShareOfLargest(0.01, zeros);
  }

  @Test
  void numbersThatAreNotFiniteEqualThemselvesAlone() {
    float infinity = Float.POSITIVE_INFINITY;
    float[] odd = {Float.NaN, infinity, -infinity};
    assertThatNoException().isThrownBy(() -> assertThatNumbers(odd).isCloseTo(odd, 1e-9));
    for (float[] other :
        new float[][] {{0, infinity, -infinity}, {Float.NaN, 1, 1}, {Float.NaN, infinity, 1}}) {
      assertThatThrownBy(() -> assertThatNumbers(other).isCloseTo(odd, 1e9))
          .isInstanceOf(AssertionError.class);
      assertThatThrownBy(() -> assertThatNumbers(odd).isWithin(1e9, other))
          .isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void everyNumberIsTheOneGiven() {
    assertThat(Tensor.full(SHAPE, 2)).isEverywhere(2, 0);
    assertThatThrownBy(() -> assertThat(tensor).isEverywhere(2, 0))
        .hasMessageContaining("at [row 0, column 0]: is 0.0, expected 2.0");
  }

  @Test
  void namesAndSizesMustAgree() {
    assertThat(tensor).hasDims(ROW, COLUMN).hasShape(SHAPE);
    assertThatThrownBy(() -> assertThat(tensor).hasDims(COLUMN, ROW))
        .hasMessageContaining("is [row 2, column 3], expected the dimensions [column, row]");
    assertThatThrownBy(() -> assertThat(tensor).isCloseTo(tensor.order(COLUMN, ROW), 9))
        .hasMessageContaining("is [row 2, column 3], expected [column 3, row 2]");
    assertThatThrownBy(() -> assertThat(tensor).isWithin(9, 1f, 2f))
        .hasMessageContaining("expected 2 numbers");
    var golden = new Golden.Numbers(new long[] {3, 2}, new float[6]);
    assertThatThrownBy(() -> assertThat(tensor).isCloseTo(golden, 9))
        .hasMessageContaining("expected [3, 2]");
  }

  /** 3 million numbers: 30 ms in one loop, hours where each is searched among the others. */
  @Test
  void timeGrowsWithTheCountAlone() {
    float[] numbers = new float[3_000_000];
    Assertions.assertTimeout(
        Duration.ofSeconds(10), () -> assertThatNumbers(numbers).isWithin(0, numbers));
  }
}
