package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.text.Token;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader changes about coloured tokens, in a real browser. */
@InChromium
class TokensInBrowserTest {
  private static final String ROOT = "document.querySelector('fresnel-tokens').shadowRoot";

  @TempDir Path folder;

  private void open(Tab tab, Report report) {
    var file = folder.resolve("report.html");
    report.write(file);
    tab.load(file).decoded();
  }

  @Test
  void severalValuesAreSwitched(Tab tab) {
    open(tab, Samples.report(2, 2, 12));
    var before =
        tab.text("getComputedStyle(" + ROOT + ".querySelectorAll('.token')[3]).backgroundColor");
    tab.click(ROOT + ".querySelectorAll('.tabs button')[1]");
    assertThat(
            tab.text(
                "getComputedStyle(" + ROOT + ".querySelectorAll('.token')[3]).backgroundColor"))
        .isNotEqualTo(before);
    assertThat(tab.evaluate(ROOT + ".querySelectorAll('.token.nan').length").asInt()).isZero();
    tab.press("ArrowLeft");
    assertThat(tab.evaluate(ROOT + ".querySelectorAll('.token.nan').length").asInt()).isOne();
  }

  @Test
  void typedBoundsBelongToTheirValuesAndWhatLiesBeyondIsMarked(Tab tab) {
    var columns = new LinkedHashMap<String, double[]>();
    columns.put("one", new double[] {0, 1, 2, 10});
    columns.put("two", new double[] {0, -4, 2, 1});
    open(tab, Report.titled("Bounds").add(Figure.colouredTokens(Samples.tokens(4), columns)));
    var most = ROOT + ".querySelectorAll('.limits input')[1]";
    assertThat(tab.text(most + ".placeholder")).isEqualTo("10");
    type(tab, most, "2");
    var colour = "getComputedStyle(" + ROOT + ".querySelectorAll('.token')[%d]).backgroundColor";
    assertThat(tab.text(colour.formatted(3))).isEqualTo(tab.text(colour.formatted(2)));
    assertThat(tab.text(ROOT + ".querySelector('.above').dataset.token")).isEqualTo("3");
    assertThat(tab.text(ROOT + ".querySelector('.ticks span:last-child').textContent"))
        .isEqualTo("2");
    tab.click(ROOT + ".querySelectorAll('.tabs button')[1]");
    tab.frames();
    assertThat(tab.text(most + ".value")).isEmpty();
    assertThat(tab.evaluate(ROOT + ".querySelector('.above')").isNull()).isTrue();
    type(tab, ROOT + ".querySelectorAll('.limits input')[0]", "-1");
    // Zero stays the middle of the colours.
    assertThat(tab.text(ROOT + ".querySelector('.ticks').textContent"))
        .startsWith("-2")
        .endsWith("2");
    assertThat(tab.text(ROOT + ".querySelector('.below').dataset.token")).isEqualTo("1");
    tab.click(ROOT + ".querySelector('.tabs button')");
    tab.frames();
    assertThat(tab.text(most + ".value")).isEqualTo("2");
    tab.click(ROOT + ".querySelector('.limits button')");
    tab.frames();
    assertThat(tab.text(most + ".value")).isEmpty();
    assertThat(tab.evaluate(ROOT + ".querySelector('.above')").isNull()).isTrue();
  }

  /**
   * A layer for each mark made a pointer event over 2,048 tokens wait 10 ms for the browser to find
   * its target.
   */
  @Test
  void noMarkInATokenIsALayerOfItsOwn(Tab tab) {
    open(tab, Samples.report(2, 2, 12));
    var marks =
        """
        (() => {
          const found = [];
          const look = root => root.querySelectorAll('*').forEach(box => {
            if (box.shadowRoot) look(box.shadowRoot);
            if (box.matches('.token *, .token-text *')) found.push(getComputedStyle(box).opacity);
          });
          look(document);
          return found.join();
        })()\
        """;
    assertThat(tab.text(marks).split(",")).hasSizeGreaterThan(30).containsOnly("1");
  }

  private static void type(Tab tab, String input, String value) {
    tab.evaluate(
        "(() => { const n = %s; n.value = '%s'; n.dispatchEvent(new Event('input')); })()"
            .formatted(input, value));
    tab.frames();
  }

  @Test
  void aCharacterOfSeveralTokensIsShownOnceAndAMarkStandsBeforeAnArabicWord(Tab tab) {
    var tokens =
        List.of(
            new Token(1, "\uFFFD", "ãģ", "⟨E3 81⟩"),
            new Token(2, "\uFFFD", "ĵ", "⟨93⟩"),
            new Token(3, " \u0645\u0631"));
    open(
        tab,
        Report.titled("Characters").add(Figure.colouredTokens(tokens, new double[3], "value")));
    var shown = ROOT + ".querySelectorAll('.token')";
    assertThat(tab.evaluate(ROOT + ".querySelectorAll('.whole').length").asInt()).isOne();
    assertThat(tab.text(shown + "[0].textContent")).startsWith("こ⟨E3 81⟩");
    assertThat(tab.text(shown + "[1].textContent")).startsWith("⟨93⟩");
    var mark = shown + "[2].querySelector('bdi i').getBoundingClientRect()";
    var label = shown + "[2].querySelector('bdi').getBoundingClientRect()";
    // The mark of the space begins where the label does, as on a canvas, which is written from the
    // left.
    assertThat(tab.evaluate("Math.abs(%s.left - %s.left) < 1".formatted(mark, label)).asBoolean())
        .isTrue();
  }
}
