package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.fresnel.Fresnel;
import dev.fresnel.docs.DocPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CardCommandTest {
  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  @TempDir Path folder;

  @Test
  void aModelIsMeasuredOnWhatItsTextHoldsOut() throws IOException {
    Path text = folder.resolve("text.txt");
    Files.writeString(
        text, "And the men of the city said, Where is he that sat there?\n".repeat(2200));
    var card = Called.with("card", "--text", text.toString(), "--json").json();
    assertThat(card.get("model").asText()).isEqualTo("fresnel-2l");
    assertThat(card.get("checks")).hasSize(20);
    assertThat(card.get("texts")).hasSize(16);
    assertThat(card.get("held_out_tokens").asInt())
        .isEqualTo(
            (card.get("held_out_tokens").asInt() + card.get("training_tokens").asInt()) / 20);
    // The text repeats the same words: a bigram model predicts all of them except those after
    // "the".
    assertThat(card.get("bigram").get("loss").asDouble()).isLessThan(0.3);
    var check = card.get("checks").get(19);
    assertThat(check.get("source").asText()).isEqualTo("random");
    double gap = check.get("first_half_loss").asDouble() - check.get("second_half_loss").asDouble();
    double left =
        check.get("ablated_first_half_loss").asDouble()
            - check.get("ablated_second_half_loss").asDouble();
    assertThat(check.get("removed").asDouble()).isEqualTo(1 - left / gap);
  }

  @Test
  void theCardOfTheBundledModelShowsItsNumbersAsTheCommandPrintsThem() throws IOException {
    var card =
        JSON.readValue(
            Fresnel.class.getResourceAsStream("/dev/fresnel/models/card.json"), CardDocument.class);
    assertThat(Files.readString(DocPage.root().resolve("fresnel-models/README.md")))
        .contains("```\n" + card.text().strip() + "\n```");
  }

  @Test
  void whatCannotBeMeasuredIsSaid() throws IOException {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, "Short.");
    assertThat(Called.with("card", "--text", text.toString()).failed(1).err())
        .contains("held out")
        .contains("give the corpus");
    assertThat(Called.with("card", "--text", folder + "/absent").failed(1).err())
        .contains("there is no file");
    assertThat(Called.with("card").failed(2).err()).contains("--text");
    String noText = Called.golden("tl-shortformer");
    assertThat(Called.with("card", "--model", noText, "--text", text.toString()).failed(1).err())
        .contains("has no tokenizer");
  }
}
