package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurvesCommandTest {
  /** A few measurements of two runs; one was stopped before its induction heads formed. */
  static final Histories HISTORIES = new Histories("/dev/fresnel/cli/histories/");

  @TempDir Path folder;

  private Path history(String name) throws IOException {
    var run = Files.createDirectories(folder.resolve(name));
    try (var lines = getClass().getResourceAsStream("histories/history.jsonl")) {
      return Files.write(run.resolve("history.jsonl"), lines.readAllBytes());
    }
  }

  @Test
  void theBundledRunsAreDrawnBesideEachOther() throws IOException {
    var picture = folder.resolve("curves.svg");
    var called = Called.with(HISTORIES, "curves", "--output=" + picture).succeeded();
    assertThat(called.out().lines())
        .containsExactly(
            picture.toString(),
            "Shortformer positions: induction 0.5 at 2,592,000 tokens",
            "Standard positions: induction below 0.5 up to 2,016,000 tokens");
    assertThat(Files.readString(picture))
        .contains("Shortformer positions", "Standard positions", "induction 0.5 at 2.59 M tokens");
  }

  @Test
  void anyHistoryIsDrawnAndNamedByItsFolderOrItself() throws IOException {
    var first = history("<one>");
    var second = Files.copy(first, folder.resolve("two.jsonl"));
    var picture = folder.resolve("Both.PNG");
    var json =
        Called.with(
                "curves",
                "--history=" + first.getParent(),
                "--history=" + second,
                "--output=" + picture,
                "--json")
            .json();
    assertThat(json.get("output").asText()).isEqualTo(picture.toString());
    var runs = json.get("runs");
    assertThat(runs.get(0).get("name").asText()).isEqualTo("<one>");
    assertThat(runs.get(1).get("name").asText()).isEqualTo("two");
    assertThat(runs.get(1).get("measurements").asInt()).isEqualTo(9);
    assertThat(runs.get(1).get("tokens").asLong()).isEqualTo(2_592_000);
    assertThat(runs.get(1).get("formed").asLong()).isEqualTo(2_592_000);
    assertThat(ImageIO.read(picture.toFile()).getWidth()).isEqualTo(1868);
  }

  @Test
  void aRunThatDidNotFormHasNoMoment() throws IOException {
    var file = history("short");
    Files.write(file, Files.readAllLines(file).subList(0, 3));
    var json =
        Called.with("curves", "--history=" + file, "--output=" + folder.resolve("x.svg"), "--json")
            .json();
    assertThat(json.at("/runs/0/formed").isNull()).isTrue();
  }

  private static String entry(int tokens) {
    return "{\"step\":1,\"tokens\":"
        + tokens
        + ",\"loss\":8,\"held_out_loss\":8,\"rate\":0.1,\"first_half_loss\":8,\"second_half_loss\":8,"
        + "\"induction\":0.1,\"induction_head\":\"L1H0\",\"previous_token\":0.1,\"previous_token_head\":\"L0H0\",\"tokens_per_second\":1}\n";
  }

  @Test
  void whatIsNoHistoryIsSaid() throws IOException {
    var file = history("bad");
    var picture = "--output=" + folder.resolve("x.svg");
    Files.writeString(file, Files.readString(file) + "{\"step\": 1,");
    assertThat(Called.with("curves", "--history=" + file, picture).failed(1).err())
        .contains("history.jsonl, line 10 is no entry of a history");
    Files.writeString(file, "{}");
    assertThat(Called.with("curves", "--history=" + file, picture).failed(1).err())
        .contains("history.jsonl, line 1 is no entry of a history")
        .contains("step");
    Files.writeString(file, entry(0));
    assertThat(Called.with("curves", "--history=" + file, picture).failed(1).err())
        .contains("history.jsonl cannot be drawn")
        .contains("measurement 1: expected more than 0 tokens");
    Files.writeString(file, "\n" + entry(0) + "{}");
    assertThat(Called.with("curves", "--history=" + file, picture).failed(1).err())
        .contains("history.jsonl, line 3 is no entry");
    Files.writeString(file, "\n");
    assertThat(Called.with("curves", "--history=" + file, picture).failed(1).err())
        .contains("holds no measurement");
    Files.write(file, new byte[] {(byte) 0xff});
    assertThat(Called.with("curves", "--history=" + file, picture).failed(1).err())
        .contains("not UTF-8");
    assertThat(Called.with("curves", "--history=" + folder, picture).failed(1).err())
        .contains("there is no file " + folder.resolve("history.jsonl"));
    var none = new Histories("/dev/fresnel/cli/none/");
    assertThat(Called.with(none, "curves", picture).failed(1).err()).contains("--history FILE");
    assertThat(folder.resolve("x.svg")).doesNotExist();
  }
}
