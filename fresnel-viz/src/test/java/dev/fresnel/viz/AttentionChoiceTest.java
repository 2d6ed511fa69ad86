package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One head, or one text, of a figure of many. */
class AttentionChoiceTest {
  private static final int TOKENS = 6;

  @TempDir Path folder;

  private final List<AttentionPattern> patterns = Samples.patterns(3, 4, TOKENS);

  private AttentionFigure texts() {
    var texts = new LinkedHashMap<String, List<AttentionPattern>>();
    texts.put("clean", patterns);
    texts.put("corrupted", Samples.patterns(3, 4, TOKENS + 1));
    return Figure.attention(texts);
  }

  private List<String> csv(Figure figure) throws IOException {
    var file = folder.resolve("figure.csv");
    figure.write(file);
    return Files.readAllLines(file);
  }

  @Test
  void oneHeadHasItsOwnWeightsAndItsNameInEveryOutput() throws IOException {
    var figure = Figure.attention(patterns).onlyHead(2, 3);
    assertThat(figure.title()).isEqualTo("Attention, L2H3");
    var rows = csv(figure);
    assertThat(rows).hasSize(1 + TOKENS * (TOKENS + 1) / 2);
    assertThat(rows.get(3)).startsWith("2,3,1,").endsWith("," + patterns.get(2).row(3, 1)[1]);
    assertThat(figure.picture(600, Theme.LIGHT).svg()).contains(">L2H3</text>");
    assertThat(figure.text(Terminal.plain(80))).contains("L2H3").doesNotContain("L2H0");
    assertThat(Report.titled("Test").add(figure).html()).contains("\"first\":3");
  }

  @Test
  void aDifferenceKeepsTheHeadsName() throws IOException {
    var other = Figure.attention(Samples.patterns(3, 4, TOKENS)).titled("other");
    var figure = Figure.attention(patterns).titled("one").minus(other).onlyHead(1, 2);
    assertThat(csv(figure).get(1)).startsWith("1,2,0,");
    assertThat(figure.picture(600, Theme.DARK).svg()).contains(">L1H2, one less other</text>");
  }

  @Test
  void aHeadThatIsNotThereIsSaidWithThoseThatAre() {
    var figure = Figure.attention(patterns.get(1));
    assertThatThrownBy(() -> figure.onlyHead(0, 1))
        .isInstanceOf(FresnelException.class)
        .hasMessage("the figure has no head L0H1; it has L1H0 to L1H3");
    assertThatThrownBy(() -> figure.onlyHead(1, 3).onlyHead(1, 0))
        .hasMessage("the figure has no head L1H0; it has L1H3");
  }

  @Test
  void aPictureSaysWhichOfSeveralTextsItShows() {
    var figure = texts();
    assertThat(figure.textNames()).containsExactly("clean", "corrupted");
    assertThat(figure.picture(900, Theme.LIGHT).svg()).contains("text 1 of 2: clean</text>");
    assertThat(figure.text(Terminal.plain(80))).startsWith("text 1 of 2: clean\n");
    var second = figure.onlyText("corrupted");
    assertThat(second.title()).isEqualTo("Attention, 3 layers, corrupted");
    assertThat(second.picture(900, Theme.LIGHT).svg())
        .contains(", corrupted</text>")
        .contains("over 7 tokens");
    assertThatThrownBy(() -> figure.onlyText("third"))
        .isInstanceOf(FresnelException.class)
        .hasMessage("the figure has no text “third”; it has [clean, corrupted]");
  }

  @Test
  void oneCallWritesEveryText() throws IOException {
    var texts = new LinkedHashMap<String, List<AttentionPattern>>();
    texts.put("clean", patterns);
    texts.put("../so: \u00e9t\u00e9", Samples.patterns(3, 4, TOKENS + 1));
    var figure = Figure.attention(texts);
    var files = figure.writeTexts(folder, "csv");
    assertThat(files)
        .containsExactly(
            folder.resolve("0-clean.csv"), folder.resolve("1-..-so-\u00e9t\u00e9.csv"));
    assertThat(Files.readAllLines(files.get(1)))
        .isEqualTo(csv(figure.onlyText("../so: \u00e9t\u00e9")));
    assertThat(Figure.attention(patterns).writeTexts(folder, "svg"))
        .containsExactly(folder.resolve("0.svg"));
    assertThatThrownBy(() -> figure.writeTexts(folder, "pdf")).hasMessageContaining(".html, .svg");
    assertThatThrownBy(() -> figure.writeTexts(folder.resolve("none"), "svg"))
        .hasMessageContaining("does not exist; make it first");
  }

  @Test
  void oneTextOfADifferenceIsThatTextAgain() throws IOException {
    var one = Figure.attention(patterns).titled("one");
    var other = Figure.attention(Samples.patterns(3, 4, TOKENS)).titled("other");
    assertThat(csv(one.minus(other).onlyText("one"))).isEqualTo(csv(one));
  }

  @Test
  void aTableLeavesOutWeightsBelowTheLeast() throws IOException {
    var figure = Figure.attention(patterns);
    assertThat(figure.weights()).isEqualTo(3 * 4 * TOKENS * (TOKENS + 1) / 2);
    assertThat(csv(figure)).hasSize((int) figure.weights() + 1);
    var large = csv(figure.csvFrom(0.3));
    assertThat(large.size()).isBetween(2, (int) figure.weights());
    assertThat(large.subList(1, large.size()))
        .allMatch(row -> Float.parseFloat(row.substring(row.lastIndexOf(',') + 1)) >= 0.3);
  }
}
