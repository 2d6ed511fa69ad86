package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.HeadValues;
import dev.fresnel.error.FresnelException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several texts, their difference, and scores of the figure's own, in a real browser. */
@InChromium
class AttentionTextsTest {
  @TempDir Path folder;

  private Explorer open(Tab tab, AttentionFigure figure) {
    var file = folder.resolve("page.html");
    Report.titled("Test").add(figure).write(file);
    tab.load(file).decoded();
    return new Explorer(tab);
  }

  /** Every query of head 0 gives this weight to the first token, and the rest to itself. */
  private static List<AttentionPattern> first(float weight, int size) {
    var weights = new float[2][size][size];
    for (var head : weights) {
      for (int query = 0; query < size; query++) {
        head[query][query] = 1 - weight;
        head[query][0] += weight;
      }
    }
    return List.of(new AttentionPattern(0, Samples.tokens(size), weights));
  }

  @Test
  void aReaderChoosesATextAndSubtractsAnother(Tab tab) {
    var texts = new LinkedHashMap<String, List<AttentionPattern>>();
    texts.put("clean", first(0.75f, 8));
    texts.put("corrupted", first(0.25f, 8));
    texts.put("short", first(0.25f, 5));
    var explorer = open(tab, Figure.attention(texts));
    explorer.hoverCell(6, 0, 8);
    assertThat(explorer.tooltip()).contains("0.7500");
    explorer.choose("Text", "corrupted");
    explorer.leave();
    explorer.hoverCell(6, 0, 8);
    assertThat(explorer.tooltip()).contains("0.2500");
    explorer.choose("Less", "clean");
    tab.decoded();
    explorer.leave();
    explorer.hoverCell(6, 0, 8);
    assertThat(explorer.tooltip()).contains("-0.5000");
    assertThat(explorer.shown()).endsWith("corrupted less clean");
    assertThat(
            tab.text(
                "[...%s.querySelectorAll('.texts label')][1].textContent".formatted(Explorer.ROOT)))
        .doesNotContain("short");
  }

  @Test
  void aDifferenceIsSignedAboutAWhiteZero(Tab tab) {
    var clean = Figure.attention(first(0.75f, 8)).titled("clean");
    var explorer = open(tab, clean.minus(Figure.attention(first(0.25f, 8))));
    // The greatest differences are 0.5 at the first token and -0.5 on the diagonal: the scale's
    // ends.
    assertThat(explorer.colour(6, 0, 8)).isEqualTo("rgb(107, 50, 3)");
    assertThat(explorer.colour(6, 6, 8)).isEqualTo("rgb(8, 48, 107)");
    // The middle of 256 colours lies between two of them.
    assertThat(explorer.colour(6, 3, 8)).isEqualTo("rgb(255, 254, 253)");
    explorer.hoverCell(6, 0, 8);
    assertThat(explorer.tooltip()).contains("+0.5000");
    assertThat(explorer.shown()).endsWith("clean less second text");
  }

  @Test
  void aDifferenceIsAlsoATableAndAPicture() throws java.io.IOException {
    var figure = Figure.attention(first(0.75f, 8)).minus(Figure.attention(first(0.25f, 8)));
    var file = folder.resolve("difference.csv");
    figure.write(file);
    assertThat(java.nio.file.Files.readString(file))
        .contains("0,0,6,")
        .contains(",0.5\r\n")
        .contains(",-0.5\r\n");
    assertThat(figure.picture(700, Theme.LIGHT).svg()).contains("difference of attention weights");
  }

  @Test
  void textsOfOtherLengthsAreNotSubtracted() {
    var figure = Figure.attention(first(0.75f, 8));
    assertThatThrownBy(() -> figure.minus(Figure.attention(first(0.25f, 5))))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("8 tokens and 1 layers, 2 heads, 5 tokens");
  }

  @Test
  void headsAreFilteredByAnyDetectorThatTheFigureIsGiven(Tab tab) {
    var scores =
        List.of(
            new HeadScores("induction", HeadValues.of(new double[][] {{0.9, 0.1}}), 4),
            new HeadScores("previous token", HeadValues.of(new double[][] {{0.2, 0.6}}), 4));
    var explorer = open(tab, Figure.attention(first(0.5f, 8)).scores(scores));
    filter(tab, "previous > 0.5");
    explorer.hoverHeadAt(20, 20);
    assertThat(explorer.shown()).isEqualTo("Head L0H1");
    filter(tab, "previous token>0.1 induction<0.05");
    assertThat(remark(tab))
        .startsWith("No head passes.")
        .contains("The greatest induction score is 0.90, of L0H0.");
    filter(tab, "nothing > 0.5");
    assertThat(remark(tab)).startsWith("“nothing > 0.5” is left out");
    filter(tab, "");
    explorer.choose("Sort heads", "previous token");
    explorer.hoverHeadAt(20, 20);
    assertThat(explorer.shown()).isEqualTo("Head L0H1");
  }

  private static void filter(Tab tab, String text) {
    tab.evaluate(
        "(() => { const i = %s.querySelector('input[type=text]'); i.value = '%s'; i.dispatchEvent(new Event('input')); })()"
            .formatted(Explorer.ROOT, text));
    tab.frames();
  }

  private static String remark(Tab tab) {
    return tab.text(Explorer.ROOT + ".querySelector('.heads .empty').textContent");
  }
}
