package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.analysis.AttentionPattern;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several heads in one map, arcs over the text, and what all heads show together, in a real
 * browser.
 */
@InChromium
@Tag("long")
class AttentionOverlayTest {
  private static final String ROOT = Explorer.ROOT;

  /** Okabe and Ito's orange and sky blue, the first two hues. */
  private static final String FIRST = "rgb(230, 159, 0)";

  private static final String SECOND = "rgb(86, 180, 233)";

  @TempDir Path folder;

  private Explorer open(Tab tab, AttentionFigure figure) {
    var file = folder.resolve("page.html");
    Report.titled("Test").add(figure).write(file);
    tab.load(file).decoded();
    return new Explorer(tab);
  }

  /** Head 0 reads the first token, head 1 the token before; ten heads in two layers. */
  private static List<AttentionPattern> patterns(int size) {
    var layers = new java.util.ArrayList<AttentionPattern>();
    for (int layer = 0; layer < 2; layer++) {
      var weights = new float[5][size][size];
      for (int head = 0; head < 5; head++) {
        for (int query = 0; query < size; query++) {
          weights[head][query][head == 0 ? 0 : Math.max(0, query - head)] = 1;
        }
      }
      layers.add(new AttentionPattern(layer, Samples.tokens(size), weights));
    }
    return layers;
  }

  @Test
  void shiftClicksOverlayHeadsInHuesThatAreNamedAndEscapeUnlocksThemAll(Tab tab) {
    var explorer = open(tab, Figure.attention(patterns(10)));
    explorer.clickHead(0, 0);
    explorer.shiftClickHead(0, 1);
    assertThat(explorer.shown()).isEqualTo("2 heads, overlaid");
    assertThat(explorer.chips()).isEqualTo("L0H0 ×, L0H1 ×");
    assertThat(explorer.colour(7, 0, 10)).isEqualTo(FIRST);
    assertThat(explorer.colour(7, 6, 10)).isEqualTo(SECOND);
    assertThat(
            tab.text(
                "getComputedStyle("
                    + ROOT
                    + ".querySelector('.swatch').parentElement).borderTopColor"))
        .isEqualTo(FIRST);
    explorer.hoverCell(7, 6, 10);
    assertThat(explorer.tooltip()).endsWith("0 | 1.000");
    assertThat(explorer.readout()).contains("L0H0 0, L0H1 1.000");
    explorer.leave();
    explorer.shiftClickHead(0, 0);
    assertThat(explorer.shown()).isEqualTo("Head L0H1");
    explorer.shiftClickHead(1, 2);
    tab.press("Escape");
    assertThat(explorer.shown()).isEqualTo("All heads, greatest weight");
    assertThat(explorer.chips()).isEmpty();
  }

  @Test
  void anOverlayHoldsEightHeadsAndADoubleClickShowsOneAlone(Tab tab) {
    var explorer = open(tab, Figure.attention(patterns(10)));
    for (int i = 0; i < 10; i++) {
      explorer.shiftClickHead(i / 5, i % 5);
    }
    assertThat(explorer.shown()).isEqualTo("8 heads, overlaid");
    assertThat(explorer.chips()).startsWith("L0H2 ×").endsWith("L1H4 ×");
    explorer.doubleClickHead(0, 3);
    assertThat(explorer.shown()).isEqualTo("Head L0H3");
    assertThat(explorer.chips()).isEqualTo("L0H3 locked · unlock");
  }

  @Test
  void theKeyboardOverlaysHeadsToo(Tab tab) {
    var explorer = open(tab, Figure.attention(patterns(10)));
    tab.evaluate(Explorer.GRID + ".focus()");
    tab.press("ArrowRight");
    tab.press("Enter");
    tab.press("ArrowRight");
    explorer.press("Enter", 8);
    assertThat(explorer.shown()).isEqualTo("2 heads, overlaid");
    tab.press("o");
    tab.press("ArrowRight");
    tab.press("Enter");
    assertThat(explorer.shown()).isEqualTo("3 heads, overlaid");
  }

  @Test
  void headsThatTheLockedTokenDoesNotUseFade(Tab tab) {
    var explorer = open(tab, Figure.attention(patterns(10)));
    var veil =
        "(() => { const c = %s; const d = c.getContext('2d').getImageData(30 * devicePixelRatio, 30 * devicePixelRatio, 1, 1).data; return d[3]; })()"
            .formatted(Explorer.GRID);
    assertThat(tab.evaluate(veil).asInt()).isZero();
    tab.click(explorer.token(7));
    explorer.leave();
    // Head L0H0 reads the first token alone, where heads rest.
    assertThat(tab.evaluate(veil).asInt()).isGreaterThan(100);
  }

  @Test
  void arcsLeadFromTheFocusedTokenToTheTokensOfItsGreatestWeights(Tab tab) {
    var explorer = open(tab, Figure.attention(patterns(10)));
    explorer.clickHead(0, 1);
    tab.click(explorer.token(5));
    explorer.leave();
    assertThat(arcs(tab)).isEmpty();
    explorer.choose("Arcs from the focused token", "both ways");
    assertThat(arcs(tab)).isEqualTo("sources, destinations");
    assertThat(explorer.readout()).contains("it attends to 4 ").contains("; 6 ");
    explorer.choose("Arcs from the focused token", "it attends to");
    assertThat(arcs(tab)).isEqualTo("sources");
    tab.press("Escape");
    tab.click(explorer.token(9));
    explorer.leave();
    // All heads together read five tokens: no more arcs than are asked for.
    assertThat(arcs(tab).split(", ")).hasSize(5);
    number(tab, "At most, each way", 2);
    assertThat(arcs(tab).split(", ")).hasSize(2);
  }

  private static String arcs(Tab tab) {
    return tab.text(
        "[..."
            + ROOT
            + ".querySelectorAll('.strip path')].map(p => p.getAttribute('class')).join(', ')");
  }

  static void number(Tab tab, String label, int value) {
    tab.evaluate(
        "(() => { const i = [...%s.querySelectorAll('label')].find(l => l.firstChild.textContent === '%s').querySelector('input'); i.value = %d; i.dispatchEvent(new Event('input')); })()"
            .formatted(ROOT, label, value));
    tab.frames();
  }

  @Test
  void allHeadsTogetherShowTheMeanOrTheRollout(Tab tab) {
    var explorer = open(tab, Figure.attention(patterns(10)));
    explorer.choose("All heads together", "mean");
    explorer.hoverCell(9, 8, 10);
    // One head of five in both layers reads the token before.
    assertThat(explorer.tooltip()).contains("0.2000");
    explorer.choose("All heads together", "attention rollout");
    assertThat(explorer.shown()).isEqualTo("All heads, attention rollout");
    explorer.leave();
    explorer.hoverCell(9, 8, 10);
    // Half of a layer's row stays, a tenth comes from the token before; so in each of two layers.
    assertThat(explorer.tooltip()).contains("0.1000");
  }

  @Test
  void aLongTextsRolloutHasTwoDecimals(Tab tab) {
    var explorer = open(tab, Figure.attention(patterns(140)));
    explorer.choose("All heads together", "attention rollout");
    explorer.hoverCell(9, 8, 140);
    assertThat(explorer.tooltip()).contains("0.10");
  }
}
