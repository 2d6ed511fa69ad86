package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

class PredictCommandTest {
  @Test
  void whatCameAfterTheSameLetterLastTimeIsLikeliest() {
    var json =
        Called.with("predict", "--model=by-hand", "--text=abcab", "--top=3", "--json").json();
    assertThat(json.get("position").asInt()).isEqualTo(5);
    assertThat(json.get("predictions")).hasSize(3);
    JsonNode first = json.get("predictions").get(0);
    assertThat(first.get("rank").asInt()).isEqualTo(1);
    assertThat(first.get("text").asText()).isEqualTo("c");
    assertThat(first.get("probability").asDouble()).isCloseTo(0.998, within(1e-3));
    assertThat(json.get("answer").isNull()).isTrue();
  }

  @Test
  void everyTokenButTheFirstHasALoss() {
    var json =
        Called.with("predict", "--model", Called.golden("gpt2"), "--tokens=3,1,3", "--json").json();
    var tokens = json.get("tokens");
    assertThat(tokens.get(0).get("loss").isNull()).isTrue();
    double mean = (tokens.get(1).get("loss").asDouble() + tokens.get(2).get("loss").asDouble()) / 2;
    assertThat(json.get("loss").asDouble()).isCloseTo(mean, within(1e-6));
  }

  @Test
  void aTextOfOneTokenHasNoLossButPredictions() {
    var json =
        Called.with("predict", "--model", Called.golden("gpt2"), "--tokens=3", "--json").json();
    assertThat(json.get("loss").isNull()).isTrue();
    assertThat(json.get("predictions")).hasSize(10);
  }

  @Test
  void anAnswersTokensAreScoredEachAfterThoseBefore() {
    var answer =
        Called.with("predict", "--model=by-hand", "--text=abca", "--answer=bc", "--json")
            .json()
            .get("answer");
    assertThat(answer.findValuesAsText("text")).containsExactly("b", "c");
    assertThat(answer.findValuesAsText("rank")).containsExactly("1", "1");
    for (JsonNode token : answer) {
      assertThat(token.get("log_probability").asDouble())
          .isCloseTo(Math.log(token.get("probability").asDouble()), within(1e-9));
    }
  }

  @Test
  void anAnswersLogProbabilityIsTheLossOfTheSameTokensInTheText() {
    String model = Called.golden("gpt2-text");
    var answer =
        Called.with("predict", "--model", model, "--text=the", "--answer= cat", "--json")
            .json()
            .get("answer");
    var whole =
        Called.with("predict", "--model", model, "--text=the cat", "--json").json().get("tokens");
    int first = whole.size() - answer.size();
    for (int i = 0; i < answer.size(); i++) {
      assertThat(answer.get(i).get("id")).isEqualTo(whole.get(first + i).get("id"));
      assertThat(-answer.get(i).get("log_probability").asDouble())
          .isCloseTo(whole.get(first + i).get("loss").asDouble(), within(1e-5));
    }
  }

  @Test
  void atAnEarlierPositionTheAnswerFollowsThatPosition() {
    var json =
        Called.with(
                "predict",
                "--model=by-hand",
                "--text=abcaxx",
                "--position=4",
                "--answer=bc",
                "--json")
            .json();
    assertThat(json.get("position").asInt()).isEqualTo(4);
    assertThat(json.get("predictions").get(0).get("text").asText()).isEqualTo("b");
    assertThat(json.get("answer").findValuesAsText("rank")).containsExactly("1", "1");
  }

  @Test
  void aTableShowsControlCharactersWrittenOut() {
    assertThat(
            Called.with("predict", "--model=by-hand", "--text=a\u001b[31ma", "--top=2")
                .succeeded()
                .out())
        .doesNotContain("\u001b")
        .contains("\"\\u001b\"")
        .contains("rank");
  }
}
