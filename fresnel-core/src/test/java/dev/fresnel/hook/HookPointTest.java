package dev.fresnel.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HookPointTest {
  @ParameterizedTest
  @EnumSource(HookKind.class)
  void parseIsTheInverseOfName(HookKind kind) {
    HookPoint point = kind.place() == HookKind.Place.MODEL ? kind.inModel() : kind.at(7);
    assertThat(HookPoint.parse(point.name())).isEqualTo(point);
  }

  @Test
  void namesAreTransformerLenss() {
    assertThat(HookKind.PATTERN.at(5).name()).isEqualTo("blocks.5.attn.hook_pattern");
    assertThat(HookKind.LN_FINAL_SCALE.inModel().name()).isEqualTo("ln_final.hook_scale");
  }

  @Test
  void aTypoIsAnsweredWithTheNearestNames() {
    assertThatThrownBy(() -> HookPoint.parse("blocks.3.attn.hook_patern"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("'blocks.3.attn.hook_patern'")
        .hasMessageContaining("blocks.3.attn.hook_pattern");
    assertThatThrownBy(() -> HookPoint.parse("hook_embd")).hasMessageContaining("hook_embed");
    assertThatThrownBy(() -> HookPoint.parse("")).isInstanceOf(FresnelException.class);
    assertThatThrownBy(() -> HookPoint.parse("blocks.99999999999.hook_resid_pre"))
        .isInstanceOf(FresnelException.class);
  }

  @Test
  void aPlaceOfTheModelHasNoLayer() {
    assertThatThrownBy(() -> HookKind.EMBED.at(0)).hasMessageContaining("inModel()");
    assertThatThrownBy(HookKind.PATTERN::inModel).hasMessageContaining("at(layer)");
  }
}
