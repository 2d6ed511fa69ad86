package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexCheckTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        " ?[^(\\s|[.,!?…。，、।۔،])]+",
        "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
        "(?=(\\d{3})+(?!\\d))",
        " {2,}",
        "\\s+",
        "[0-9][0-9][0-9]",
        "[]a]+",
        "a++",
        "a+?b",
        "(?i)ab+",
        "[^]a]+"
      })
  void publishedPatternsPass(String pattern) {
    assertThat(RegexCheck.problem(pattern)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+b",
        "(a*)*",
        "(?:a|b+)*c",
        "((a+)?)+",
        "(a+){5,}",
        "(a|a+){20}",
        "a*a*a*b",
        "(a)\\1+",
        "\\g<0>",
        "(?<name>a)",
        "(?(1)a)",
        "(*FAIL)",
        "a{2}{3,}+",
        "a+*",
        "[a",
        "(a",
        "a\\",
        "",
        "(?~a)",
        "a)(b+)+",
        "(?x)a#(\n",
        "a{1,3}+",
        "((((((((((((((((((a))))))))))))))))))"
      })
  void patternsThatMayTakeForeverOrAreNotUnderstoodDoNot(String pattern) {
    assertThat(RegexCheck.problem(pattern)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a*", "a?", "(?=a)", "a|", "^", "$", "(a|b*)", "\\b", "a{0,3}", "a{,3}", "(?:)", "x*y?",
        "a|b*|c", "(?i)"
      })
  void aPatternThatCanMatchNothingIsKnown(String pattern) {
    assertThat(RegexCheck.matchesNothing(pattern)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a", "a+", "\\s+", " {2,}", "(a|b)c*", "^a", "a{1,3}", "(?=a)b", "\\p{L}", "[a*]", "\\*",
        "a+?"
      })
  void aPatternThatTakesACharacterIsKnown(String pattern) {
    assertThat(RegexCheck.matchesNothing(pattern)).isFalse();
  }
}
