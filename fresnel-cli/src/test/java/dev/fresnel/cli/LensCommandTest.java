package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LensCommandTest {
  private static final String MODEL = "--model=" + Called.golden("gpt2-text");

  @Test
  void theEndOfTheLensIsWhatTheModelPredicts() {
    var lens = Called.with("lens", MODEL, "--text=the cat", "--json").json();
    var predicted = Called.with("predict", MODEL, "--text=the cat", "--json").json();
    int last = predicted.get("position").asInt();
    assertThat(lens.get("position").asInt()).isEqualTo(last);
    assertThat(lens.get("tokens")).hasSize(last + 1);
    int end = lens.get("stages").size() - 1;
    assertThat(lens.get("stages").get(end).asText()).isEqualTo("final_post");
    JsonNode cell = lens.get("predictions").get(end).get(last);
    assertThat(cell).hasSize(5);
    for (int rank = 0; rank < 5; rank++) {
      JsonNode expected = predicted.get("predictions").get(rank);
      assertThat(cell.get(rank).get("id")).isEqualTo(expected.get("id"));
      assertThat(cell.get(rank).get("probability").asDouble())
          .isCloseTo(expected.get("probability").asDouble(), within(1e-5));
    }
    assertThat(lens.get("divergences").get(end).get(last).asDouble()).isZero();
    assertThat(lens.get("divergences").get(0).get(last).asDouble()).isPositive();
    assertThat(lens.at("/followed/token/id")).isEqualTo(cell.get(0).get("id"));
    assertThat(lens.at("/followed/ranks/" + end + "/" + last).asInt()).isEqualTo(1);
  }

  /** The model made by hand knows what follows a repeated letter in its last layer alone. */
  @Test
  void aTokenIsFollowedThroughTheStages() {
    String[] call = {"lens", "--model=by-hand", "--text=abab", "--token=a"};
    assertThat(Called.with(call).succeeded().out())
        .contains("position 4, \"b\"", "followed: \"a\"", "0_pre", "final_post", "99.84 %")
        .containsPattern("final_post +0\\.02\\d +0\\.000 +1 ");
    var json = Called.with("lens", "--model=by-hand", "--text=abab", "--token-id=97", "--json");
    JsonNode ranks = json.json().at("/followed/ranks");
    assertThat(ranks.get(2).get(4).asInt()).isEqualTo(1);
    assertThat(ranks.get(0).get(4).asInt()).as("as likely as every other").isEqualTo(1);
    assertThat(json.json().at("/followed/probabilities/0/4").asDouble())
        .isCloseTo(1 / 257.0, within(1e-6));
  }

  @Test
  void itsFigureIsAFile(@TempDir Path folder) throws IOException {
    Path csv = folder.resolve("lens.csv");
    Called.with("lens", MODEL, "--text=the cat", "--top=2", "--output=" + csv).succeeded();
    assertThat(Files.readString(csv)).contains("0_pre", "final_post");
  }

  @Test
  void mistakesAreExplained() {
    assertThat(Called.with("lens", MODEL, "--text=the", "--position=9").failed(1).err())
        .contains("no position 9");
    assertThat(Called.with("lens", MODEL, "--text=the", "--token-id=9999").failed(1).err())
        .contains("token 9999 cannot be predicted");
    assertThat(Called.with("lens", "--token=").failed(2).err()).contains("expected some text");
    assertThat(Called.with("lens", "--top=0").failed(2).err()).contains("from 1 on");
  }
}
