package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.Harmless;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations that claim what their weights do not have: each number in turn is made huge. */
class HugeSettingsTest {
  private static final Pattern NUMBER = Pattern.compile("(\"\\w+\": )(\\d[\\d.e+-]*)");

  private static final String HUGE = "2147483647";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "llama-llama3-rope",
        "neox-linear-rope",
        "gptj",
        "opt",
        "bloom",
        "gemma2",
        "tl-rotary-rms",
        "tl-shortformer-pos",
        "tl-lnpre",
        "tl-local",
        "tl-alibi"
      })
  void everyNumberMadeHugeIsHarmless(String model) throws IOException {
    ModelFinderTest.copyModel(model, folder);
    Path config = folder.resolve("config.json");
    String right = Files.readString(config);
    List<String> wrong = new ArrayList<>();
    var found = NUMBER.matcher(right);
    while (found.find()) {
      wrong.add(right.substring(0, found.start(2)) + HUGE + right.substring(found.end(2)));
    }
    assertThat(wrong).hasSizeGreaterThan(5);
    Loading.byPath(folder, LoadOptions.DEFAULT).close(); // what is loaded once is not measured
    for (String text : wrong) {
      Files.writeString(config, text);
      Harmless.require(() -> WeightFilesFuzzTest.use(Loading.byPath(folder, LoadOptions.DEFAULT)));
    }
  }
}
