package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  @TempDir Path folder;

  @Test
  void aPageHoldsNoHostsAddress() {
    var page = Samples.report(4, 4, 40).html();
    assertThat(
            Pattern.compile("://|https?:|//www|www\\.|@import|url\\(")
                .matcher(withoutData(page))
                .find())
        .isFalse();
    assertThat(page).contains("default-src 'none'").doesNotContain("unsafe-eval");
  }

  /** The page without its base64, which may contain any letters. */
  private static String withoutData(String page) {
    return page.replaceAll("(?s)(octet-stream;base64\"[^>]*>)[^<]*", "$1");
  }

  @Test
  void thePolicyNamesTheHashesOfTheScripts() throws Exception {
    var page = Report.titled("Empty").add(Figure.tokens(Samples.tokens(2))).html();
    assertThat(policyOf(scripts(page))).isEqualTo(policy(page));
    assertThat(scripts(page)).containsExactly(Bundle.SCRIPT, Bundle.TOKENS);
  }

  @Test
  void aPageHasTheScriptsOfItsFiguresAndNoOther() throws Exception {
    var lens = Figure.lens(Samples.lens(Samples.tokens(3), 2));
    var page = Report.titled("Lens").add(lens).add(lens).html();
    assertThat(policyOf(scripts(page))).isEqualTo(policy(page));
    assertThat(scripts(page)).containsExactly(Bundle.SCRIPT, Bundle.MORE);
    var map = Figure.heads(Samples.undefined("induction", 1, 2));
    assertThat(scripts(Report.titled("Map").add(map).html()))
        .containsExactly(Bundle.SCRIPT, Bundle.MAPS);
    assertThat(scripts(Samples.report(1, 2, 4).html()))
        .startsWith(Bundle.SCRIPT)
        .contains(Bundle.ATTENTION);
  }

  @Test
  void theRolloutOfALongTextTakesNoMoreThanAHead() {
    var patterns = List.of(Samples.noise(0, 4, 200, 1), Samples.noise(1, 4, 200, 2));
    var blocks = Figure.attention(patterns).data("figure").blocks();
    assertThat(blocks).extracting(FigureData.Named::id).endsWith("figure-rollout");
    // It is noise in bytes, like the heads; both are compressed.
    assertThat(blocks.get(2).block().length()).isLessThan(blocks.get(0).block().length() * 3 / 10);
  }

  private static List<String> scripts(String page) {
    return Pattern.compile("(?s)<script>(.*?)</script>")
        .matcher(page)
        .results()
        .map(result -> result.group(1))
        .toList();
  }

  private static String policy(String page) {
    return page.replaceAll("(?s).* script-src ([^;]*);.*", "$1");
  }

  private static String policyOf(List<String> scripts) throws Exception {
    var hashes = new ArrayList<String>();
    for (var script : scripts) {
      var hash =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      hashes.add("'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
    }
    return String.join(" ", hashes);
  }

  @Test
  void twelveHeadsOf256TokensAddAtMost400Kilobytes() {
    var empty =
        Report.titled("Size").add(Figure.attention(Samples.noise(0, 1, 1, 1))).html().length();
    var full =
        Report.titled("Size").add(Figure.attention(Samples.noise(0, 12, 256, 1))).html().length();
    System.out.printf("12 heads x 256 tokens of noise add %,d bytes%n", full - empty);
    assertThat(full - empty).isLessThan(400_000);
  }

  @Test
  void aPageOverItsBudgetSaysWhatItLeavesOut() {
    var figure = Figure.attention(Samples.noise(0, 4, 128, 1));
    var exact = Report.titled("Budget").add(figure).html();
    var coarse = Report.titled("Budget").add(figure).budget(120_000).html();
    var sparse = Report.titled("Budget").add(figure).budget(85_000).html();
    assertThat(exact).contains("\"tier\":\"float24\"").contains("\"note\":null");
    assertThat(coarse)
        .contains("\"tier\":\"sqrt8\"")
        .contains("weights are stored with two decimals");
    assertThat(sparse).contains("\"tier\":\"top\"").contains("% of the attention on average");
    assertThat(sparse.length()).isLessThan(coarse.length());
    assertThat(Report.titled("Budget").add(figure).budget(10).html())
        .contains("larger than its budget");
  }

  @Test
  void aReportIsWrittenAsAWholeAndReplacesTheOld() throws IOException {
    var file = folder.resolve("report.html");
    Files.writeString(file, "old");
    Report.titled("New").text("prose").provenance(Map.of("model", "toy")).write(file);
    assertThat(file)
        .content()
        .startsWith("<!doctype html>")
        .contains("prose")
        .contains("<dt>model</dt><dd>toy</dd>");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamed() {
    var missing = folder.resolve("none/report.html");
    assertThatThrownBy(() -> Report.titled("x").write(missing))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("does not exist")
        .hasMessageContaining("choose another place");
    assertThatThrownBy(() -> Report.titled("x").write(folder))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("it is a folder");
  }

  @Test
  void figuresAreListedAndTitled() {
    var page =
        Report.titled("Two")
            .add(Figure.attention(Samples.pattern(5, 2, 8, 1)))
            .add(Figure.tokens(Samples.tokens(3)).titled("The text"))
            .html();
    assertThat(page)
        .contains("<a href=\"#figure-1\">Attention, layer 5</a>")
        .contains("<a href=\"#figure-2\">The text</a>");
  }

  @Test
  void figuresRefuseWhatDoesNotFit() {
    var tokens = Samples.tokens(4);
    assertThatThrownBy(() -> Figure.attention(List.of()))
        .hasMessageContaining("at least one pattern");
    assertThatThrownBy(() -> Figure.attention(new AttentionPattern(0, tokens, new float[1][3][3])))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("[head][4][4]");
    assertThatThrownBy(
            () ->
                Figure.attention(List.of(Samples.pattern(1, 1, 4, 1), Samples.pattern(1, 1, 4, 2))))
        .hasMessageContaining("two patterns of layer 1");
    assertThatThrownBy(() -> Figure.colouredTokens(tokens, new double[3], "loss"))
        .hasMessageContaining("expected 4, got 3");
  }
}
