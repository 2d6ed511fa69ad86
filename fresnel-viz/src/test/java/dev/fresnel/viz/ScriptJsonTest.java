package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.text.Token;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

  @Test
  void aTextsTokensBringTheirLabelsAndTheCharactersThatTheyShare() {
    var tokens =
        List.of(
            new Token(1, "a"),
            new Token(2, "\uFFFD", "ãģ", "⟨E3 81⟩"),
            new Token(3, "\uFFFD", "ĵ", "⟨93⟩"));
    assertThat(new ScriptJson().line(tokens).toString())
        .isEqualTo(
            "{\"text\":[\"a\",\"\uFFFD\",\"\uFFFD\"],\"id\":[1,2,3],"
                + "\"label\":[null,\"⟨E3 81⟩\",\"⟨93⟩\"],\"shared\":[[1,2,\"こ\"]]}");
    assertThat(new ScriptJson().line(tokens.subList(0, 1)).toString())
        .isEqualTo("{\"text\":[\"a\"],\"id\":[1]}");
    assertThat(new ScriptJson().token(new Token(4, "he", "▁he", "▁he")).toString())
        .isEqualTo("{\"text\":\"he\",\"id\":4,\"label\":\"▁he\"}");
  }
}
