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

  @Test
  void theFirstTokensOfEveryTextAreKeptAndPaddingIsNoneOfThem() {
    var tokens =
        Tokens.leftPadded(List.of(new int[] {1, 2, 3, 4}, new int[] {5, 6, 7}, new int[] {8}), 9);
    Tokens first = tokens.first(2);
    assertThat(first.ids(0)).containsExactly(1, 2);
    assertThat(first.ids(1)).containsExactly(5, 6);
    assertThat(first.ids(2)).containsExactly(9, 8);
    assertThat(first.padding(1)).isZero();
    assertThat(first.padding(2)).isEqualTo(1);
    assertThat(tokens.first(10)).isEqualTo(tokens);
    assertThatThrownBy(() -> tokens.first(0)).isInstanceOf(FresnelException.class);
  }

  @Test
  void aSliceHasPositionsOfEveryRow() {
    var tokens = Tokens.leftPadded(List.of(new int[] {1, 2, 3, 4}, new int[] {5, 6, 7}), 9);
    assertThat(tokens.slice(0, 2)).isEqualTo(firstTwo());
    assertThat(tokens.slice(1, 3).ids(1)).containsExactly(5, 6);
    assertThat(tokens.slice(1, 3).isPadded()).isFalse();
    assertThatThrownBy(() -> tokens.slice(0, 1)).hasMessageContaining("nothing but padding");
    assertThatThrownBy(() -> tokens.slice(2, 5)).hasMessageContaining("rows have 4");
    assertThatThrownBy(() -> tokens.slice(2, 2)).isInstanceOf(FresnelException.class);
  }

  private static Tokens firstTwo() {
    return Tokens.leftPadded(List.of(new int[] {1, 2}, new int[] {5}), 9);
  }

  @Test
  void otherTokensAreAppendedToEveryRow() {
    var tokens = Tokens.leftPadded(List.of(new int[] {1, 2}, new int[] {5}), 9);
    Tokens longer = tokens.append(Tokens.of(7, 8));
    assertThat(longer.ids(1)).containsExactly(9, 5, 7, 8);
    assertThat(longer.padding(1)).isEqualTo(1);
    assertThat(tokens.append(Tokens.ofRows(List.of(new int[] {3}, new int[] {4}))).ids(1))
        .containsExactly(9, 5, 4);
    assertThatThrownBy(() -> tokens.append(tokens)).hasMessageContaining("padding");
    assertThatThrownBy(() -> Tokens.of(1).append(tokens)).hasMessageContaining("2 rows");
  }

  @Test
  void labelsAndTheBosStayWithTheirTokens() {
    try (var bytes = Tokenizer.bytes()) {
      Tokens tokens = bytes.tokens("abc", Bos.PREPEND);
      assertThat(tokens.first(2).row(0)).isEqualTo(tokens.row(0).subList(0, 2));
      assertThat(tokens.first(2).startsWithBos()).isTrue();
      assertThat(tokens.slice(1, 3).startsWithBos()).isFalse();
      Tokens longer = tokens.append(bytes.tokens("d", Bos.NONE));
      assertThat(longer).isEqualTo(bytes.tokens("abcd", Bos.PREPEND));
      assertThat(longer.row(0)).isEqualTo(bytes.tokens("abcd", Bos.PREPEND).row(0));
      assertThat(tokens.append(Tokens.of('d')).row(0).get(0).text()).isNull();
    }
  }
}
