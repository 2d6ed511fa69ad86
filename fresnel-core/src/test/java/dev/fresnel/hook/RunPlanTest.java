package dev.fresnel.hook;

import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static dev.fresnel.hook.HookKind.Z;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static final Hook SAME = (x, at) -> x;

  private static Tensor residual() {
    return Tensor.full(Shape.of(Dims.POS, 1), 0);
  }

  @Test
  void twoPlansTogetherCaptureWhatEitherDoes() {
    var both = RunPlan.capture(PATTERN, Z).and(RunPlan.capture(Z).and(RunPlan.capture(Z.at(3))));
    assertThat(both.captures(PATTERN.at(0))).isTrue();
    assertThat(both.captures(Z.at(1))).isTrue();
    assertThat(both.captures(RESID_POST.at(1))).isFalse();
    assertThat(both).hasToString("capture PATTERN, Z, blocks.3.attn.hook_z");
  }

  @Test
  void editsOfTheFirstPlanRunFirst() {
    Hook first = (x, at) -> x.plus(1);
    Hook second = (x, at) -> x.times(2);
    var one = RunPlan.nothing().edit(Z, first);
    var two = RunPlan.nothing().edit(Z.at(0), second);
    assertThat(one.and(two).hooksAt(Z.at(0))).containsExactly(first, second);
    assertThat(two.and(one).hooksAt(Z.at(0))).containsExactly(second, first);
  }

  @Test
  void nothingAddsNothing() {
    var plan = RunPlan.capture(Z).edit(Z, SAME).atPositions(1, 2).stopAt(2).stopAfterCapture();
    assertThat(RunPlan.nothing().and(plan)).hasToString(plan.toString());
    assertThat(plan.and(RunPlan.nothing())).hasToString(plan.toString());
  }

  @Test
  void whereOnlyOnePlanSaysWhereToStartOrStopTheRunDoesSo() {
    var residual = residual();
    var both =
        RunPlan.nothing()
            .startAt(1, residual)
            .and(RunPlan.capture(Z).stopAt(3))
            .and(RunPlan.nothing().startAt(1, residual));
    assertThat(both).hasToString("capture Z; start at layer 1; stop at layer 3");
    assertThat(RunPlan.capture(Z).and(RunPlan.capture(PATTERN).stopAfterCapture()))
        .hasToString("capture PATTERN, Z; stop after capture");
  }

  @Test
  void twoStartsTwoStopsAndTwoChoicesOfPositionsAreRefused() {
    var nothing = RunPlan.nothing();
    assertThatThrownBy(() -> nothing.stopAt(2).and(nothing.stopAt(3)))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("one plan stops at layer 2, the other at layer 3");
    assertThatThrownBy(() -> nothing.startAt(1, residual()).and(nothing.startAt(2, residual())))
        .hasMessageContaining("one plan starts at layer 1, the other at layer 2");
    assertThatThrownBy(() -> nothing.startAt(1, residual()).and(nothing.startAt(1, residual())))
        .hasMessageContaining("a residual stream of its own");
    var some = RunPlan.capture(Z).atPositions(2, 5);
    assertThatThrownBy(() -> some.and(RunPlan.capture(Z).atPositions(2, 6)))
        .hasMessageContaining("one plan keeps positions 2..5, the other positions 2..6");
    assertThatThrownBy(() -> RunPlan.capture(PATTERN).and(some))
        .hasMessageContaining("one plan keeps all positions, the other positions 2..5")
        .hasMessageContaining("atPositions()");
    assertThat(some.and(nothing.edit(Z, SAME))).hasToString("capture Z; edit Z; positions 2..5");
  }

  @Test
  void gradientsAreRecordedIfEitherPlanRecords() {
    var recording = RunPlan.capture(Z).recordGradients();
    assertThat(RunPlan.capture(PATTERN).and(recording).recordsGradients()).isTrue();
    assertThat(recording.stopAt(1).atPositions(0, 1).edit(Z, SAME))
        .hasToString("capture Z; edit Z; positions 0..1; stop at layer 1; record gradients");
  }

  @Test
  void layersCountFromZero() {
    assertThatThrownBy(() -> RunPlan.nothing().startAt(-1, residual()))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("cannot start at layer -1");
    assertThatThrownBy(() -> RunPlan.nothing().stopAt(-1))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("cannot stop at layer -1");
  }
}
