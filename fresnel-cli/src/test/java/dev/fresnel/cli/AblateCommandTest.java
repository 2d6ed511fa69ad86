package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AblateCommandTest {
  private static final String[] TEXT = {"--model", "by-hand", "--text", "abcdeabcde"};

  private static Called ablate(String... options) {
    return call("ablate", options);
  }

  private static Called call(String command, String... options) {
    var all = new java.util.ArrayList<>(java.util.List.of(command));
    all.addAll(java.util.List.of(TEXT));
    all.addAll(java.util.List.of(options));
    return Called.with(all.toArray(String[]::new));
  }

  @Test
  void withoutTheInductionHeadTheLossOfARepeatedTextRises() {
    var json = ablate("--json").json();
    assertThat(json.get("values")).hasSize(2);
    assertThat(json.get("values").get(1)).hasSize(3);
    assertThat(json.at("/change/1/1").asDouble()).isGreaterThan(1);
    assertThat(json.at("/values/1/1").asDouble())
        .isCloseTo(json.get("clean").asDouble() + json.at("/change/1/1").asDouble(), within(1e-9));
    assertThat(json.has("corrupted")).isFalse();
    assertThat(ablate().succeeded().out()).contains("L1H1");
  }

  @Test
  void meansAndResamplingReadAFileOfTexts(@TempDir Path folder) throws IOException {
    var data = folder.resolve("data.txt");
    Files.writeString(data, "the quick brown fox\n\njumps over the dog\n");
    String page = folder.resolve("ablate.html").toString();
    assertThat(
            ablate("--by", "mean", "--data", data.toString(), "--output", page, "--json")
                .json()
                .at("/change/1/1")
                .asDouble())
        .isGreaterThan(0.5);
    assertThat(Files.readString(Path.of(page))).contains("change of loss");
    assertThat(ablate("--by", "resample", "--data", data.toString(), "--json").json().get("method"))
        .hasToString("\"resample\"");
  }

  @Test
  void mistakesAreSaid() {
    assertThat(ablate("--by", "mean").failed(2).err()).contains("--data FILE");
    assertThat(ablate("--data", "x").failed(2).err()).contains("leave it out");
    assertThat(ablate("--what", "neurons").failed(2).err()).contains("heads or mlps");
    assertThat(ablate("--what", "mlps").failed(1).err())
        .contains("has no MLPs, since it has attention alone");
    assertThat(
            Called.with(
                    "ablate",
                    "--model",
                    Called.golden("gpt2"),
                    "--tokens",
                    "1,2,3",
                    "--what",
                    "mlps",
                    "--json")
                .json()
                .get("values"))
        .hasSize(3);
  }

  @Test
  void thePreviousTokenHeadSendsToTheInductionHeadsKeys() {
    String[] pair = {
      "path-patch", "--model", "by-hand", "--receiver", "L1H1", "--clean", "abcd..ab",
      "--corrupted", "axcd..ab", "--answer", "c", "--wrong", "d", "--json"
    };
    var json = Called.with(pair).json();
    assertThat(json.get("what").asText()).isEqualTo("k of L1H1");
    assertThat(Called.with(pair).succeeded().err()).contains("(--memory bounds it)");
    assertThat(json.get("values")).hasSize(1);
    double previous = json.at("/normalised/0/0").asDouble();
    assertThat(previous).isGreaterThan(0.5);
    assertThat(json.at("/normalised/0/1").asDouble()).isLessThan(previous);
    pair[4] = "L1";
    assertThat(Called.with(pair).failed(2).err()).contains("such as L5H1");
    pair[4] = "L0H1";
    assertThat(Called.with(pair).failed(1).err()).contains("nothing sends to L0H1");
  }
}
