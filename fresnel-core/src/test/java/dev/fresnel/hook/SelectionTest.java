package dev.fresnel.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private static final List<HookPoint> PLACES =
      List.of(
          HookPoint.parse("blocks.0.hook_resid_pre"),
          HookPoint.parse("blocks.0.hook_mlp_in"),
          HookPoint.parse("blocks.1.hook_mlp_in"));

  @Test
  void aStarLeavesOutWhatIsKeptByNameOnly() {
    assertThat(PLACES.stream().filter(Selection.matching("*")::has).map(HookPoint::name))
        .containsExactly("blocks.0.hook_resid_pre");
    assertThatCode(() -> Selection.matching("blocks.1.hook_mlp_in").requireKnown(PLACES))
        .doesNotThrowAnyException();
  }

  @Test
  void aPatternThatMatchesOnlySuchPlacesSaysHowToAskForThem() {
    assertThatThrownBy(() -> Selection.matching("blocks.*.hook_mlp_in").requireKnown(PLACES))
        .isInstanceOf(FresnelException.class)
        .hasMessage(
            "'blocks.*.hook_mlp_in' matches only places that are kept where they are named in full;"
                + " name blocks.0.hook_mlp_in, blocks.1.hook_mlp_in");
  }

  @Test
  void aDotStandsForADot() {
    assertThat(Selection.matching("blocks*hook_resid_pre").has(PLACES.get(0))).isTrue();
    assertThat(Selection.matching("blocks.0_hook_resid_pre").has(PLACES.get(0))).isFalse();
  }
}
