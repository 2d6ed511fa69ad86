package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.testkit.ToyModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportCommandTest {
  @TempDir Path folder;

  @Test
  void onePageHoldsEveryFigureAndSaysWhatItWasMadeFrom() throws IOException {
    Path page = folder.resolve("page.html");
    var called =
        Called.with("report", "--model=by-hand", "--text=abc</script>abc", "--output=" + page)
            .succeeded();
    assertThat(called.out().strip()).isEqualTo(page.toString());
    assertThat(Files.readString(page))
        .startsWithIgnoringCase("<!doctype html>")
        .contains("by-hand", "induction", "previous-token")
        .doesNotContain("<script src", "href=\"http");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(page);
    }
  }

  @Test
  void chosenFiguresStandInTheGivenOrderOnThePage() throws IOException {
    Path page = folder.resolve("page.html");
    var json =
        Called.with(
                "report",
                "--model=by-hand",
                "--text=abcabc",
                "--figures=lens,tokens,lens",
                "--output=" + page,
                "--json")
            .json();
    assertThat(json.get("figures")).hasToString("[\"lens\",\"tokens\"]");
    assertThat(json.get("files").get(0).asText()).isEqualTo(page.toString());
    assertThat(Files.readString(page))
        .containsSubsequence("<fresnel-lens", "<fresnel-tokens")
        .doesNotContain("<fresnel-attention", "<fresnel-heatmap");
  }

  @ParameterizedTest
  @ValueSource(strings = {"svg", "png", "csv"})
  void eachFigureIsAFileOfItsOwnInAFolder(String format) throws IOException {
    Path pictures = folder.resolve("pictures");
    var called =
        Called.with(
                "report",
                "--model=by-hand",
                "--text=abcabc",
                "--format=" + format,
                "--output=" + pictures)
            .succeeded();
    var expected =
        Stream.of("tokens", "attention", "heads", "attribution", "lens")
            .map(name -> pictures.resolve(name + "." + format))
            .toList();
    assertThat(called.out().lines())
        .containsExactlyElementsOf(expected.stream().map(Path::toString).toList());
    try (var files = Files.list(pictures)) {
      assertThat(files).containsExactlyInAnyOrderElementsOf(expected);
    }
    assertThat(expected).allMatch(file -> file.toFile().length() > 100);
  }

  @Test
  void picturesHaveTheWidthAndTheThemeThatWereAskedFor() throws IOException {
    Called.with(
            "report",
            "--model=by-hand",
            "--text=abcabc",
            "--figures=heads",
            "--format=svg",
            "--width=1234",
            "--dark",
            "--output=" + folder)
        .succeeded();
    assertThat(Files.readString(folder.resolve("heads.svg")))
        .contains("width=\"1234\"", "height=\"100%\" fill=\"#15181e\"");
  }

  @Test
  void figuresThatAreLeftOutUnlessNamedAreDrawnWhenNamed(@TempDir Path folder) throws Exception {
    var page = folder.resolve("page.html");
    Called.with(
            "report",
            "--text=Mary and John went home. Mary and",
            "--figures=predictions,performance,bars,waterfall,lens",
            "--output=" + page)
        .succeeded();
    assertThat(Files.readString(page))
        .contains("<fresnel-predictions", "<fresnel-bars", "<fresnel-lens", "\"followed\"");
    assertThat(
            Called.with(
                    "report",
                    "--model=by-hand",
                    "--text=abc",
                    "--figures=neurons",
                    "--output=" + page)
                .failed(1)
                .err())
        .contains("has attention alone, so it has no neurons");
  }

  @Test
  void anUnknownFigureIsAnErrorThatNamesThoseThatThereAre() {
    assertThat(Called.with("report", "--figures=attention,neurones").failed(2).err())
        .contains("tokens, attention, heads, attribution, lens, training", "\"neurones\"");
  }

  @ParameterizedTest
  @CsvSource({
    "--dark, leave them out",
    "--width=300, leave them out",
    "--format=svg --width=99, 100 to 10000",
    "--format=png --open, leave it out",
    "--model=gpt2 --figures=training, bundled model",
    "--format=pdf, html or svg or png or csv",
    "--figures=heads --head=L0H0, add attention",
    "--head=5.1, expected a head such as L5H1",
    "--least=0.1, --format csv"
  })
  void optionsThatDoNotGoTogetherAreRefused(String options, String reason) {
    var arguments = new ArrayList<>(List.of("report"));
    arguments.addAll(List.of(options.split(" ")));
    assertThat(Called.with(arguments.toArray(String[]::new)).failed(2).err()).contains(reason);
  }

  @Test
  void oneHeadAloneHasItsTableAndItsPicture() throws IOException {
    for (var format : List.of("csv", "svg")) {
      Called.with(
              "report",
              "--model=by-hand",
              "--text=abcabc",
              "--figures=attention",
              "--head=L1H0",
              "--format=" + format,
              "--output=" + folder)
          .succeeded();
    }
    var rows = Files.readAllLines(folder.resolve("attention.csv"));
    assertThat(rows).hasSize(1 + 7 * 8 / 2); // BOS comes first
    assertThat(rows.subList(1, rows.size())).allMatch(row -> row.startsWith("1,0,"));
    assertThat(Files.readString(folder.resolve("attention.svg"))).contains(">L1H0</text>");
  }

  @Test
  void aHeadThatTheModelDoesNotHaveIsSaidWithThoseThatItHas() {
    assertThat(
            Called.with("report", "--model=by-hand", "--text=abc", "--head=L7H0").failed(1).err())
        .contains("--head is L7H0", "layers 0 to 1");
  }

  @Test
  void aTableOfAttentionLeavesOutWeightsBelowTheLeastThatWasAskedFor() throws IOException {
    Called.with(
            "report",
            "--model=by-hand",
            "--text=abcabc",
            "--figures=attention",
            "--format=csv",
            "--least=0.5",
            "--output=" + folder)
        .succeeded();
    var rows = Files.readAllLines(folder.resolve("attention.csv"));
    assertThat(rows).hasSizeGreaterThan(1);
    assertThat(rows.subList(1, rows.size()))
        .allMatch(row -> Double.parseDouble(row.substring(row.lastIndexOf(',') + 1)) >= 0.5);
  }

  /** 20 heads over 320 tokens, each row of which adds up to 1. */
  @Test
  void aTableOfMoreThanAMillionWeightsLeavesOutTheSmallestAndSaysSo() throws IOException {
    var sizes =
        Sizes.builder().layers(1).heads(20).dModel(20).dHead(2).context(320).vocabulary(9).build();
    var config =
        ModelConfig.of("toy", sizes)
            .withNorm(new Norm.None())
            .withPositional(new Positional.Learned())
            .withMlp(new Mlp.None());
    Models toy = (model, options) -> ToyModels.of(config, 3);
    String[] call = {
      "report",
      "--tokens=1" + ",2".repeat(319),
      "--figures=attention",
      "--head=L0H4",
      "--format=csv",
      "--output=" + folder
    };
    var one = Called.with(toy, call).succeeded();
    assertThat(one.err()).doesNotContain("weights of at least");
    assertThat(Files.readAllLines(folder.resolve("attention.csv"))).hasSize(1 + 320 * 321 / 2);
    call[3] = "--bos=no";
    var all = Called.with(toy, call).succeeded();
    assertThat(all.err())
        .contains("weights of at least 0.01", "all 1027200 would take about 38 MB", "--least 0");
    var rows = Files.readAllLines(folder.resolve("attention.csv"));
    assertThat(rows).hasSizeBetween(20 * 100, 20 * 320 * 100);
    assertThat(rows.subList(1, rows.size()))
        .allMatch(row -> Double.parseDouble(row.substring(row.lastIndexOf(',') + 1)) >= 0.01);
  }

  @Test
  void aFileInThePlaceOfTheFolderIsLeftAsItIs() throws IOException {
    Path file = Files.writeString(folder.resolve("taken"), "mine");
    var called =
        Called.with("report", "--model=by-hand", "--text=ab", "--format=svg", "--output=" + file);
    assertThat(called.failed(1).err()).contains("is a file", "expects a folder");
    assertThat(file).hasContent("mine");
  }

  /** A page is made to be shared. */
  @Test
  void aPageNamesALocalModelWithoutItsFolders() throws IOException {
    Path page = folder.resolve("page.html");
    String model = Called.golden("gpt2");
    Called.with("report", "--model", model, "--tokens=1,2", "--output=" + page).succeeded();
    assertThat(Files.readString(page))
        .contains(Path.of(model).getFileName().toString())
        .doesNotContain(Path.of(model).toAbsolutePath().getParent().toString());
  }

  @Test
  void aTextOfOneTokenHasAPageWithoutAttribution() {
    Path page = folder.resolve("page.html");
    var json =
        Called.with(
                "report",
                "--model",
                Called.golden("gpt2"),
                "--tokens=1",
                "--output=" + page,
                "--json")
            .json();
    assertThat(json.get("output").asText()).isEqualTo(page.toString());
    assertThat(page).exists();
  }

  @Test
  void aModelWithoutMlpOrNormHasAPage() {
    Path page = folder.resolve("page.html");
    Called.with(
            "report",
            "--model",
            Called.golden("tl-shortformer"),
            "--tokens=1,2,1",
            "--output=" + page)
        .succeeded();
    assertThat(page).exists();
  }

  @Test
  void theBundledModelsPageShowsHowItsHeadsFormed() throws IOException {
    Path page = folder.resolve("page.html");
    var histories = CurvesCommandTest.HISTORIES;
    Called.with(histories, "report", "--text=abcab", "--output=" + page).succeeded();
    assertThat(Files.readString(page)).contains("Shortformer positions", "Standard positions");

    var another = Called.golden("tl-shortformer");
    Called.with(histories, "report", "--model", another, "--tokens=1,2,1", "--output=" + page)
        .succeeded();
    assertThat(Files.readString(page)).doesNotContain("Standard positions");

    var none = new Histories("/dev/fresnel/cli/none/");
    Called.with(none, "report", "--text=abcab", "--output=" + page).succeeded();
    assertThat(Files.readString(page)).doesNotContain("Standard positions");
  }

  @Test
  void aBrowserThatDoesNotOpenIsSaid() {
    for (var command : List.of(List.of("false"), List.of("/no/such/browser"))) {
      var err = new ByteArrayOutputStream();
      var console = new Console(System.out, new PrintStream(err, true), false);
      Browser.open(folder.resolve("page.html"), console, command);
      assertThat(err.toString())
          .contains("No browser was opened", command.get(0), "page.html yourself");
    }
  }

  @Test
  void aFolderThatIsNotThereIsSaidBeforeTheModelIsLoaded() {
    var called =
        Called.with("report", "--model=./absent", "--output=" + folder.resolve("no/page.html"))
            .failed(1);
    assertThat(called.err()).contains(folder.resolve("no").toString()).contains("make it first");
  }

  /** A page is not written into a file that says it is a picture. */
  @Test
  void aPageInAPicturesFileIsRefused() {
    var called = Called.with("report", "--model=by-hand", "--text=a", "--output=a.svg").failed(2);
    assertThat(called.err()).contains("ends in .html, got 'a.svg'").contains("--format svg");
  }
}
