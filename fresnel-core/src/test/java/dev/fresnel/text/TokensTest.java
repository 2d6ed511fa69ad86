package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokensTest {

  @Test
  void idsAreTakenAsTheyAre() {
    Tokens tokens = Tokens.of(5, 6, 5);
    assertThat(tokens.batch()).isEqualTo(1);
    assertThat(tokens.length()).isEqualTo(3);
    assertThat(tokens.id(0, 1)).isEqualTo(6);
    assertThat(tokens.padding(0)).isZero();
    assertThat(tokens.startsWithBos()).isFalse();
    assertThat(tokens.row(0))
        .containsExactly(new Token(5, null), new Token(6, null), new Token(5, null));
  }

  @Test
  void nothingOutsideCanChangeThem() {
    int[] ids = {1, 2};
    Tokens tokens = Tokens.of(ids);
    ids[0] = 9;
    tokens.ids(0)[1] = 9;
    assertThat(tokens.ids(0)).containsExactly(1, 2);
  }

  @Test
  void shorterRowsAreFilledUpOnTheLeft() {
    Tokens tokens = Tokens.leftPadded(List.of(new int[] {1, 2, 3}, new int[] {4}), 0);
    assertThat(tokens.ids(1)).containsExactly(0, 0, 4);
    assertThat(tokens.padding(0)).isZero();
    assertThat(tokens.padding(1)).isEqualTo(2);
    assertThat(tokens.isPadded()).isTrue();
  }

  @Test
  void rowsOfDifferentLengthsAreAnErrorThatNamesThem() {
    assertThatThrownBy(() -> Tokens.ofRows(List.of(new int[] {1, 2}, new int[] {3})))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("row 0 has 2, row 1 has 1")
        .hasMessageContaining("leftPadded");
  }

  @Test
  void nothingIsAnErrorThatSaysSo() {
    assertThatThrownBy(() -> Tokens.of())
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("Row 0 has no tokens");
    assertThatThrownBy(() -> Tokens.ofRows(List.of()))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("no rows");
    assertThatThrownBy(() -> Tokens.of(1, -2))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("position 1 is -2");
  }

  @Test
  void equalIdsAndPaddingAreEqualTokens() {
    assertThat(Tokens.of(1, 2)).isEqualTo(Tokens.of(1, 2)).hasSameHashCodeAs(Tokens.of(1, 2));
    assertThat(Tokens.leftPadded(List.of(new int[] {1, 2}, new int[] {2}), 1))
        .isNotEqualTo(Tokens.ofRows(List.of(new int[] {1, 2}, new int[] {1, 2})));
  }
}
