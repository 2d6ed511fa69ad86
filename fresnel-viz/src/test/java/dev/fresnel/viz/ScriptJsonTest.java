package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScriptJsonTest {
  @Test
  void whateverATextHoldsItComesBackAndEndsNoElement() throws Exception {
    var random = new Random(11);
    var alphabet =
        "</script><!--&\"'\\\u2028\u2029\u202e\u0000\n\ud800\udc00\uD83D\uDE00é ".toCharArray();
    for (int round = 0; round < 500; round++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(30); i > 0; i--) {
        text.append(alphabet[random.nextInt(alphabet.length)]);
      }
      var json = new ScriptJson().text(text.toString()).toString();
      assertThat(json).doesNotContain("<", ">", "&", "\u2028", "\u2029");
      var bytes = json.getBytes(StandardCharsets.UTF_8);
      assertThat(new ObjectMapper().readTree(bytes).asText()).isEqualTo(text.toString());
    }
  }

  @Test
  void numbersHaveSixDigitsAndWhatIsNoNumberIsAString() {
    var json =
        new ScriptJson()
            .numbers(
                new double[] {
                  0,
                  -0.0,
                  1,
                  0.1234567,
                  1e-9,
                  123456789.25,
                  Double.NaN,
                  Double.POSITIVE_INFINITY,
                  Double.NEGATIVE_INFINITY,
                  -2.5
                });
    assertThat(json.toString())
        .isEqualTo("[0,0,1,0.123457,1E-9,123457000,\"NaN\",\"Infinity\",\"-Infinity\",-2.5]");
  }
}
