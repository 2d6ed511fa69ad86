package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordJsonTest {
  private record Sample(int nextToken, double[][] scores, String dVocabOut) {}

  @Test
  void recordsHaveFieldsInSnakeCase() {
    assertThat(RecordJson.of(new Sample(3, new double[][] {{0.5, 1}, {}}, "a\"b\n")))
        .isEqualTo("{\"next_token\":3,\"scores\":[[0.5,1.0],[]],\"d_vocab_out\":\"a\\\"b\\n\"}");
  }

  @Test
  void numbersThatAreNotFiniteAreNull() {
    assertThat(
            RecordJson.of(
                Arrays.asList(
                    Double.NaN, Double.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, null, true, 1L)))
        .isEqualTo("[null,null,null,null,true,1]");
  }

  @Test
  void whatControlsATerminalIsAnEscape() {
    assertThat(RecordJson.of("\u001b[2J\u009b\u202e\u007f東\ud83d\ude00\udb40\udc01"))
        .isEqualTo("\"\\u001B[2J\\u009b\\u202e\\u007f東\ud83d\ude00\\udb40\\udc01\"");
  }

  @Test
  void mapsAreObjects() {
    assertThat(RecordJson.of(Map.of("d_model", 768))).isEqualTo("{\"d_model\":768}");
  }
}
