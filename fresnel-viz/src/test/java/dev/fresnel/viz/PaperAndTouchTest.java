package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages on paper, under a finger, and where the system forces its colours. */
@InChromium
@Tag("long")
class PaperAndTouchTest {
  private static final String LENS = "document.querySelector('fresnel-lens').shadowRoot";

  @TempDir Path folder;

  private void open(Tab tab, Figure... figures) {
    var report = Report.titled("Test");
    for (var figure : figures) {
      report.add(figure);
    }
    var file = folder.resolve("report.html");
    report.write(file);
    tab.load(file).frames();
  }

  private static String in(String element, String selector) {
    return "document.querySelector('%s').shadowRoot.querySelector('%s')"
        .formatted(element, selector);
  }

  private static void media(Tab tab, String... features) {
    var all = List.of(features).stream().map(each -> each.split(": "));
    tab.call(
        "Emulation.setEmulatedMedia",
        Map.of("features", all.map(each -> Map.of("name", each[0], "value", each[1])).toList()));
  }

  /** How light the lightest point is in the first columns of a canvas, 0..255: its labels. */
  private static int lightest(Tab tab, String canvas) {
    return tab.evaluate(
            "(() => { const c = %s; const d = c.getContext('2d').getImageData(0, 0, 30, c.height).data;"
                    .formatted(canvas)
                + " return d.reduce((most, v, i) => i % 4 === 3 || d[i | 3] < 200 ? most :"
                + " Math.max(most, v), 0); })()")
        .asInt();
  }

  @Test
  void paperIsLightWhateverThePageIs(Tab tab) {
    media(tab, "prefers-color-scheme: dark");
    open(tab, Figure.attribution(Samples.attribution(4, 4)));
    var canvas = in("fresnel-heatmap", ".panel canvas");
    assertThat(lightest(tab, canvas)).as("labels on a dark page").isGreaterThan(130);
    tab.evaluate("dispatchEvent(new Event('beforeprint'))");
    assertThat(lightest(tab, canvas)).as("labels on paper").isBetween(1, 130);
    tab.evaluate("dispatchEvent(new Event('afterprint'))");
    tab.frames();
    assertThat(lightest(tab, canvas)).as("labels afterwards").isGreaterThan(130);
    assertThat(tab.text("document.documentElement.dataset.theme")).isEqualTo("auto");
  }

  @Test
  void onPaperALensHasAllPositionsInPartsAsWideAsTheSheet(Tab tab) {
    open(tab, Figure.lens(Samples.lens(Samples.tokens(60), 3)));
    tab.evaluate("dispatchEvent(new Event('beforeprint'))");
    tab.call("Emulation.setEmulatedMedia", Map.of("media", "print"));
    tab.size(718, 1000, 1);
    assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(718);
    var positions =
        tab.text(
            "[..." + LENS + ".querySelectorAll('.paper th sub')].map(e => e.textContent).join()");
    assertThat(positions.split(",")).hasSize(60).startsWith("0").endsWith("59");
    assertThat(tab.evaluate(LENS + ".querySelector('.scroller:not(.paper)').offsetHeight").asInt())
        .isZero();
    assertThat(tab.text("getComputedStyle(document.querySelector('.theme')).display"))
        .isEqualTo("none");
    tab.evaluate("dispatchEvent(new Event('afterprint'))");
    assertThat(tab.evaluate(LENS + ".querySelectorAll('.paper').length").asInt()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "fresnel-attention, .token:nth-child(3)",
    "fresnel-attention, .map .overlay",
    "fresnel-heatmap, .panel canvas",
    "fresnel-lens, td",
    "fresnel-lines, svg[tabindex]"
  })
  void aFingerThatRestsShowsWhatIsThere(String element, String selector, Tab tab) {
    var tokens = Samples.tokens(8);
    tab.call("Emulation.setTouchEmulationEnabled", Map.of("enabled", true));
    open(
        tab,
        Figure.attention(Samples.patterns(1, 2, 8)),
        Figure.attribution(Samples.attribution(3, 3)),
        Figure.lens(Samples.lens(tokens, 3)),
        Figure.lines(MoreSamples.lines()));
    tab.decoded();
    var at = tab.hover(in(element, selector), -1, -1);
    tab.call(
        "Input.dispatchMouseEvent", Map.of("type", "mouseMoved", "x", 1, "y", 1, "button", "none"));
    tab.frames();
    var shown = in(element, ".tooltip") + ".hidden";
    assertThat(tab.evaluate(shown).asBoolean()).isTrue();
    tab.call(
        "Input.dispatchTouchEvent",
        Map.of("type", "touchStart", "touchPoints", List.of(Map.of("x", at[0], "y", at[1]))));
    // Longer than a browser takes for a long press, half a second.
    Chromium.sleep(700);
    assertThat(tab.evaluate(shown).asBoolean()).isFalse();
    assertThat(tab.text("getSelection().toString()")).isEmpty();
    tab.call("Input.dispatchTouchEvent", Map.of("type", "touchEnd", "touchPoints", List.of()));
    tab.frames();
    assertThat(tab.evaluate(shown).asBoolean()).isTrue();
  }

  @Test
  void forcedColoursReachWhatIsDrawnWhateverThePagesSwitchSays(Tab tab) {
    media(tab, "forced-colors: active", "prefers-color-scheme: dark");
    open(tab, Figure.attribution(Samples.attribution(4, 4)));
    tab.evaluate("document.querySelectorAll('.theme button')[1].click()");
    tab.frames();
    assertThat(tab.text("document.documentElement.dataset.theme")).isEqualTo("light");
    assertThat(lightest(tab, in("fresnel-heatmap", ".panel canvas"))).isGreaterThan(200);
    var bar = "getComputedStyle(" + in("fresnel-heatmap", ".bars .bar:not(.negative)") + ")";
    assertThat(tab.text(bar + ".backgroundColor")).isEqualTo("rgb(255, 255, 255)");
  }
}
