package dev.fresnel.tensor;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTest {
  private static final Dim A = new Dim("a");
  private static final Dim B = new Dim("b");
  private static final Dim C = new Dim("c");

  private final Tensor twoByThree = Tensor.of(Shape.of(A, 2).and(B, 3), 1f, 2f, 3f, 4f, 5f, 6f);

  @Test
  void numbersGoInAndComeOutInTheOrderOfTheAxes() {
    assertThat(twoByThree.floats()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(twoByThree.order(B, A).floats()).containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void axesAreMatchedByNameWhateverTheirOrder() {
    Tensor sum = twoByThree.plus(twoByThree.order(B, A));
    assertThat(sum.dims()).containsExactly(A, B);
    assertThat(sum.floats()).containsExactly(2, 4, 6, 8, 10, 12);
  }

  @Test
  void anAxisThatOnlyOneSideHasIsRepeated() {
    Tensor row = Tensor.of(Shape.of(A, 2), 10f, 20f);
    assertThat(twoByThree.plus(row).floats()).containsExactly(11, 12, 13, 24, 25, 26);
    assertThat(row.plus(twoByThree).dims()).containsExactly(A, B);
    Tensor outer = row.times(Tensor.of(Shape.of(C, 2), 1f, 2f));
    assertThat(outer.dims()).containsExactly(A, C);
    assertThat(outer.floats()).containsExactly(10, 20, 20, 40);
  }

  @Test
  void sizesThatDisagreeAreNamed() {
    Tensor other = Tensor.of(Shape.of(B, 2), 0f, 0f);
    assertThatThrownBy(() -> twoByThree.plus(other))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("dimension b is 3 on one side and 2 on the other");
  }

  @Test
  void dotSumsOverNamedAxesAndMatchesTheOthers() {
    Tensor weights = Tensor.of(Shape.of(B, 3).and(C, 2), 1f, 0f, 0f, 1f, 1f, 1f);
    Tensor product = twoByThree.dot(weights, B);
    assertThat(product.dims()).containsExactly(A, C);
    assertThat(product.floats()).containsExactly(4, 5, 10, 11);
    Tensor perRow = twoByThree.dot(twoByThree, B);
    assertThat(perRow.dims()).containsExactly(A);
    assertThat(perRow.floats()).containsExactly(14, 77);
  }

  @Test
  void affineIsDotPlusBiasForAnyNumberOfRowsAndAnyLayout() {
    var random = new RandomTensors(1);
    for (int rows : new int[] {1, 3, 5, 6, 17}) {
      Tensor x = random.normal(Shape.of(A, rows).and(B, 7));
      Tensor weight = random.normal(Shape.of(C, 4).and(B, 7).and(new Dim("d"), 3));
      Tensor bias = random.normal(Shape.of(C, 4).and(new Dim("d"), 3));
      Tensor expected = x.dot(weight, B).plus(bias);
      for (Tensor laidOut : List.of(weight, Fused.laidOut(weight, B))) {
        assertThat(Fused.linear(x, new Fused.Layer(laidOut, bias), B))
            .as(rows + " rows")
            .isWithin(1e-5, expected);
      }
    }
  }

  @Test
  void aWeightLaidOutForAProductIsTheSameWeight() {
    Tensor weight = new RandomTensors(2).normal(Shape.of(A, 3).and(B, 4).and(C, 2));
    Tensor ready = Fused.laidOut(weight, B);
    assertThat(ready.dims()).isEqualTo(weight.dims());
    assertThat(ready.floats()).isEqualTo(weight.floats());
    assertThat(Fused.laidOut(ready, B)).isSameAs(ready);
  }

  @Test
  void withChangesACopy() {
    Tensor changed = twoByThree.with(B, 1, 0.0);
    assertThat(changed.floats()).containsExactly(1, 0, 3, 4, 0, 6);
    assertThat(twoByThree.floats()).containsExactly(1, 2, 3, 4, 5, 6);
    Tensor replaced = twoByThree.with(A, 0, Tensor.of(Shape.of(B, 3), 7f, 8f, 9f));
    assertThat(replaced.floats()).containsExactly(7, 8, 9, 4, 5, 6);
  }

  @Test
  void axesSplitAndMerge() {
    Tensor split = twoByThree.order(B, A).split(B, Shape.of(C, 3).and(new Dim("one"), 1));
    assertThat(split.shape().toString()).isEqualTo("[c 3, one 1, a 2]");
    Tensor merged = twoByThree.merge(B, A, C);
    assertThat(merged.floats()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThatThrownBy(() -> twoByThree.split(A, Shape.of(C, 3)))
        .hasMessageContaining("cannot split a of 2");
  }

  @Test
  void gatheringTakesTheSameNumbersWhateverTheOrderOfTheAxesInMemory() {
    float[] numbers = new float[24];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    Tensor cube = Tensor.of(Shape.of(A, 2).and(B, 3).and(C, 4), numbers);
    float[] expected = {8, 9, 10, 11, 0, 1, 2, 3, 20, 21, 22, 23, 12, 13, 14, 15};
    for (var order : List.of(List.of(C, B, A), List.of(B, A, C), List.of(C, A, B))) {
      Tensor turned = cube.order(order).gather(B, 2, 0);
      assertThat(turned.dims()).isEqualTo(order);
      assertThat(turned.order(A, B, C).floats()).containsExactly(expected);
      Tensor part = cube.slice(C, 1, 3).order(order).gather(B, 1);
      assertThat(part.order(A, B, C).floats()).containsExactly(5, 6, 17, 18);
    }
  }

  @Test
  void partsAreCheckedBeforeTheyAreTaken() {
    assertThat(twoByThree.select(B, -1).floats()).containsExactly(3, 6);
    assertThat(twoByThree.gather(B, 2, 0).floats()).containsExactly(3, 1, 6, 4);
    assertThatThrownBy(() -> twoByThree.select(B, 3)).hasMessageContaining("outside 0..2");
    assertThatThrownBy(() -> twoByThree.slice(B, 2, 4)).hasMessageContaining("outside 0..3");
    assertThatThrownBy(() -> twoByThree.gather(B, 3)).hasMessageContaining("outside 0..2");
    assertThatThrownBy(() -> twoByThree.select(C, 0))
        .hasMessageContaining("no dimension c in [a 2, b 3]");
    assertThatThrownBy(() -> Tensor.of(Shape.of(A, 3), 1f))
        .hasMessageContaining("needs 3 numbers, got 1");
  }

  @Test
  void aNameStandsOnceInAShape() {
    assertThatThrownBy(() -> twoByThree.rename(A, B)).hasMessageContaining("is repeated");
  }

  @Test
  void stridedViewsNeverReachOutsideTheirMemory() {
    Tensor memory = Tensor.of(Shape.of(A, 6), 0f, 1f, 2f, 3f, 4f, 5f);
    Tensor transposed = memory.strided(0, Shape.of(A, 3).and(B, 2), 1, 3);
    assertThat(transposed.floats()).containsExactly(0, 3, 1, 4, 2, 5);
    assertThatThrownBy(() -> memory.strided(1, Shape.of(A, 3).and(B, 2), 1, 3))
        .hasMessageContaining("past the end");
    assertThatThrownBy(() -> memory.strided(-1, Shape.of(A, 1), 1)).hasMessageContaining("view");
    assertThatThrownBy(() -> memory.strided(5, Shape.of(A, 3), -1))
        .hasMessageContaining("negative");
  }

  @Test
  void theTopIndicesComeLargestFirst() {
    Tensor row = Tensor.of(Shape.of(A, 4), 3f, 9f, -1f, 5f);
    assertThat(row.topIndices(A, 3).longs()).containsExactly(1, 3, 0);
  }

  @Test
  void halfPrecisionKeepsWhatItCan() {
    Tensor half = twoByThree.plus(1.0 / 3).to(DType.FLOAT16);
    assertThat(half.dtype()).isEqualTo(DType.FLOAT16);
    assertThat(half.floats()[0]).isBetween(1.333f, 1.334f);
  }

  @Test
  void reductionsTakeSeveralAxes() {
    assertThat(twoByThree.sum(A, B).item()).isEqualTo(21);
    assertThat(twoByThree.mean(B, A).item()).isEqualTo(3.5);
    assertThat(twoByThree.max(B).floats()).containsExactly(3, 6);
    assertThat(twoByThree.norm(B).floats())
        .containsExactly((float) Math.sqrt(14), (float) Math.sqrt(77));
    assertThatThrownBy(() -> twoByThree.sum()).hasMessageContaining("name the dimensions");
    assertThatThrownBy(() -> Tensor.ofLongs(Shape.of(A, 2), 1, 2).mean(A))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("to(DType.FLOAT32)");
    assertThatThrownBy(() -> Tensor.full(Shape.of(A, 0), 1).max(A))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("no largest number");
  }

  @Test
  void functionsOfEachNumber() {
    Tensor x = Tensor.of(Shape.of(A, 2), 0, 1);
    assertThat(x.exp()).isWithin(1e-6, Tensor.of(x.shape(), 1, (float) Math.E));
    assertThat(x.exp().log()).isWithin(1e-6, x);
    assertThat(x.tanh()).isWithin(1e-6, Tensor.of(x.shape(), 0, (float) Math.tanh(1)));
    assertThat(x.minus(3).floats()).containsExactly(-3, -2);
  }

  @Test
  void whereChoosesByName() {
    Tensor condition = Tensor.of(Shape.of(B, 3), 1, 0, 1);
    Tensor other = Tensor.of(Shape.of(A, 2), -1, -2);
    assertThat(twoByThree.where(condition, other).floats()).containsExactly(1, -1, 3, 4, -2, 6);
  }

  @Test
  void wholeNumbersAreMadeByName() {
    assertThat(Tensor.of(Shape.of(A, 2), 1, 2).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Tensor.ofLongs(Shape.of(A, 2), 1, 2).dtype()).isEqualTo(DType.INT64);
  }

  @Test
  void timesPlusIsTheProductAndAllThatIsAdded() {
    var row = new Dim("row");
    var column = new Dim("column");
    Tensor a = Tensor.of(Shape.of(row, 2).and(column, 3), 1, 2, 3, 4, 5, 6).order(column, row);
    Tensor factor = Tensor.of(Shape.of(column, 3), 1, 10, 100);
    Tensor first = Tensor.of(Shape.of(row, 2), 0.5f, -0.5f);
    Tensor second = Tensor.of(Shape.of(column, 3), 1000, 2000, 3000);
    assertThat(
            Fused.timesPlus(a, factor, List.of(first, second), List.of())
                .order(row, column)
                .floats())
        .containsExactly(1001.5f, 2020.5f, 3300.5f, 1003.5f, 2049.5f, 3599.5f);
    assertThat(Fused.timesPlus(a, factor, List.of(), List.of()).order(row, column).floats())
        .containsExactly(1, 20, 300, 4, 50, 600);
    assertThat(a.order(row, column).floats()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(first.floats()).containsExactly(0.5f, -0.5f);
    assertThatThrownBy(() -> Fused.timesPlus(factor, first, List.of(), List.of()))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("row");
  }

  @Test
  void viewsShareMemoryAndCopiesDoNot() {
    Tensor whole = Tensor.full(Shape.of(new Dim("place"), 4), 1);
    assertThat(whole.slice(new Dim("place"), 0, 1).sharesMemoryWith(whole)).isTrue();
    assertThat(whole.copy().sharesMemoryWith(whole)).isFalse();
  }

  @Test
  void aGpuIsRefusedByName() {
    assertThatThrownBy(() -> Device.cuda(1))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("cuda:1 cannot be used")
        .hasMessageContaining("Device.CPU");
  }

  @Test
  void joiningTensorsThatDifferInAnotherAxisIsRefused() {
    Tensor narrow = Tensor.of(Shape.of(A, 2).and(B, 2), 1f, 2f, 3f, 4f);
    assertThat(Tensor.concatenate(B, List.of(twoByThree, narrow)).size(B)).isEqualTo(5);
    assertThatThrownBy(() -> Tensor.concatenate(A, List.of(twoByThree, narrow)))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("cannot join [a 2, b 3] and [a 2, b 2] along a: b differs");
    assertThatThrownBy(() -> Tensor.stack(C, List.of(twoByThree, narrow)))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("along c: b differs");
  }
}
