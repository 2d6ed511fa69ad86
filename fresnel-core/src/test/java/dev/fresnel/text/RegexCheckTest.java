package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexCheckTest {

  static Stream<String> published() {
    return KnownPatterns.all().stream();
  }

  @ParameterizedTest
  @MethodSource("published")
  void aPublishedPatternIsTakenAndSplitsAText(String pattern) {
    String json =
        ByteLevel.json()
            .replaceFirst(
                "\"pre_tokenizer\":\\{.*?}",
                Matcher.quoteReplacement(
                    "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":"
                        + TextNode.valueOf(pattern)
                        + "},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}]}"));
    try (var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE)) {
      assertThat(tokenizer.encode("ab 123!")).containsExactly('a', 'b', ' ', '1', '2', '3', '!');
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ?[^(\\s|[.,!?…。，、।۔،])]+",
        "<\\|startoftext\\|>|'s|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
        " {2,}",
        "\\s+",
        "[0-9][0-9][0-9]",
        "[]a]+",
        "a++",
        "(?i)ab+",
        "[^]a]+",
        " ?\\p{L}+[\\r\\n]*",
        "(?:a|b)*",
        "a{2,5}(?!b)",
        "(?:ab|cd?){3}"
      })
  void patternsThatTakeLinearTimePass(String pattern) {
    assertThat(RegexCheck.problem(pattern)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+b",
        "a+?b",
        "a+b",
        "a+$",
        "a*(?!b)",
        "(?:a+|b)c",
        "(?:a+)?b",
        ".*.*[^\\s\\S]",
        ".?.?.?.?.?.?.?.?.?.?.?.?b",
        "(?:(?:(?:.{0,9}){0,9}){0,9}){0,9}b",
        "(?:a|a|a|a){9}b",
        "(?:a?){20}b",
        "(a|b?){12}c",
        "(?=a+)b",
        "(?<=a*)b",
        "a{100000}",
        "a|(?i)b+|c",
        "\\X",
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
