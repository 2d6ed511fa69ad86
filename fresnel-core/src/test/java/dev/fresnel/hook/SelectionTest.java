package dev.fresnel.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Selection.Matching;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private static final List<HookPoint> PLACES =
      List.of(
          HookPoint.parse("blocks.0.hook_resid_pre"),
          HookPoint.parse("blocks.0.hook_mlp_in"),
          HookPoint.parse("blocks.1.hook_mlp_in"));

  private static List<String> matches(String pattern) {
    return PLACES.stream().filter(Matching.of(pattern)::has).map(HookPoint::name).toList();
  }

  @Test
  void aStarLeavesOutWhatIsKeptByNameOnly() {
    assertThat(matches("*")).containsExactly("blocks.0.hook_resid_pre");
    assertThat(matches("blocks.*_in")).isEmpty();
  }

  @Test
  void aNameThatIsWrittenOutIsKeptInEveryLayerThatMatches() {
    assertThat(matches("blocks.1.hook_mlp_in")).containsExactly("blocks.1.hook_mlp_in");
    assertThat(matches("blocks.*.hook_mlp_in"))
        .containsExactly("blocks.0.hook_mlp_in", "blocks.1.hook_mlp_in");
    assertThatCode(() -> Matching.of("*.hook_mlp_in").requireKnown(PLACES))
        .doesNotThrowAnyException();
  }

  @Test
  void aPatternThatMatchesOnlySuchPlacesSaysHowToAskForThem() {
    assertThatThrownBy(() -> Matching.of("blocks.*_mlp_in").requireKnown(PLACES))
        .isInstanceOf(FresnelException.class)
        .hasMessage(
            "'blocks.*_mlp_in' matches only places that are kept where their name is written out;"
                + " write blocks.*.hook_mlp_in");
  }

  @Test
  void aDotStandsForADot() {
    assertThat(Matching.of("blocks*hook_resid_pre").has(PLACES.get(0))).isTrue();
    assertThat(Matching.of("blocks.0_hook_resid_pre").has(PLACES.get(0))).isFalse();
  }
}
