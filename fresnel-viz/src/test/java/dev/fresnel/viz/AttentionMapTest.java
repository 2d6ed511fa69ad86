package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The large map of attention: zoom, range, small map and guide, in a real browser. */
@InChromium
@Tag("long")
class AttentionMapTest {
  private static final String ROOT = Explorer.ROOT;
  private static final int SIZE = 40;

  @TempDir Path folder;

  private Explorer open(Tab tab) {
    var file = folder.resolve("page.html");
    Report.titled("Test").add(Figure.attention(Samples.patterns(2, 3, SIZE))).write(file);
    tab.load(file).decoded();
    return new Explorer(tab);
  }

  private static boolean hasSmallMap(Tab tab) {
    return !tab.evaluate(ROOT + ".querySelector('.mini').hidden").asBoolean();
  }

  @Test
  void theCellUnderThePointerStaysWhereTheWheelZooms(Tab tab) {
    var explorer = open(tab);
    explorer.hoverCell(29, 9, SIZE);
    var before = explorer.readout();
    assertThat(hasSmallMap(tab)).isFalse();
    explorer.wheel(29, 9, SIZE, -2);
    assertThat(explorer.readout()).isEqualTo(before);
    assertThat(explorer.chips()).contains("whole text");
    assertThat(hasSmallMap(tab)).isTrue();
    explorer.wheel(29, 9, SIZE, 9);
    assertThat(explorer.chips()).isEmpty();
    assertThat(hasSmallMap(tab)).isFalse();
  }

  /** The span of the map follows the fingers: twice as far apart, half as many tokens. */
  @Test
  void twoFingersZoomByHowFarTheyGoApart(Tab tab) {
    var explorer = open(tab);
    explorer.pinch(20, 10, SIZE, 40, 80);
    // 20 of 40 tokens; on its way the window moves by whole tokens, so that it may end one further.
    assertThat(explorer.chips()).matches("queries (9 to 28|10 to 29|11 to 30) · whole text");
    explorer.pinch(10, 10, 20, 80, 30);
    assertThat(explorer.chips()).isEmpty();
  }

  @Test
  void draggingChoosesARangeAndMovesIt(Tab tab) {
    var explorer = open(tab);
    explorer.drag(new double[] {20, 5}, new double[] {29, 14}, SIZE);
    assertThat(explorer.chips()).isEqualTo("queries 20 to 29 · whole text");
    explorer.hoverCell(0, 0, 10);
    assertThat(explorer.readout()).contains(": 20 ").contains("→ 5 ");
    explorer.drag(new double[] {2, 2}, new double[] {5, 3}, 10);
    assertThat(explorer.chips()).isEqualTo("queries 17 to 26 · whole text");
    explorer.hoverCell(0, 0, 10);
    assertThat(explorer.readout()).contains(": 17 ").contains("→ 4 ");
    tab.click(ROOT + ".querySelector('.large .unlock')");
    assertThat(explorer.chips()).isEmpty();
  }

  @Test
  void theKeyboardChoosesARange(Tab tab) {
    var explorer = open(tab);
    tab.evaluate(Explorer.MAP + ".focus()");
    tab.press("ArrowDown");
    tab.press("ArrowDown");
    for (int i = 0; i < 4; i++) {
      explorer.press("ArrowDown", 8);
    }
    tab.press("Enter");
    assertThat(explorer.chips()).isEqualTo("queries 2 to 6 · whole text");
    tab.press("0");
    assertThat(explorer.chips()).isEmpty();
    tab.press("+");
    assertThat(explorer.chips()).contains("whole text");
  }

  @Test
  void theTableHoldsTheShownRangeAlone(Tab tab) {
    var explorer = open(tab);
    explorer.drag(new double[] {20, 5}, new double[] {24, 9}, SIZE);
    tab.evaluate(Explorer.MAP + ".focus()");
    tab.press("t");
    assertThat(tab.text(ROOT + ".querySelector('.table-twin caption').textContent"))
        .endsWith("destinations 20 to 24, sources 5 to 9");
  }

  @Test
  void aGuideMarksTheKeysAtAnOffset(Tab tab) {
    var explorer = open(tab);
    var options =
        tab.text(
            "[...[...%s.querySelectorAll('label')].find(l => l.firstChild.textContent === 'Guide line').querySelectorAll('option')].map(o => o.text).join(', ')"
                .formatted(ROOT));
    // The sample repeats itself after 19 tokens.
    assertThat(options)
        .contains("previous token")
        .contains("same token, 19 before")
        .contains("induction, 18 before")
        .contains("half the text, 20 before");
    var drawn =
        "(() => { const c = %s; return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0); })()"
            .formatted(Explorer.MAP);
    explorer.leave();
    assertThat(tab.evaluate(drawn).asBoolean()).isFalse();
    explorer.choose("Guide line", "previous token");
    assertThat(tab.evaluate(drawn).asBoolean()).isTrue();
    explorer.choose("Guide line", "another offset");
    AttentionOverlayTest.number(tab, "Tokens before", 7);
    assertThat(tab.evaluate(drawn).asBoolean()).isTrue();
    explorer.choose("Guide line", "none");
    assertThat(tab.evaluate(drawn).asBoolean()).isFalse();
  }
}
