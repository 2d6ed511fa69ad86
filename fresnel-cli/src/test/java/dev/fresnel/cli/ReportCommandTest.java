package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
