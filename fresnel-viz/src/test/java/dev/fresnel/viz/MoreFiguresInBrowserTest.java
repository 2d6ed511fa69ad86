package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The figures of the second script, as a person uses them. */
@InChromium
@Tag("long")
class MoreFiguresInBrowserTest {
  private static final Path AXE = Path.of("src/main/frontend/node_modules/axe-core/axe.min.js");

  @TempDir Path folder;

  private Tab open(Tab tab, Report report) {
    var file = folder.resolve("report.html");
    report.write(file);
    return tab.load(file).frames();
  }

  private Tab open(Tab tab, Figure figure) {
    return open(tab, Report.titled("Test").add(figure));
  }

  private static String in(String element, String selector) {
    return "document.querySelector('%s').shadowRoot.querySelector('%s')"
        .formatted(element, selector);
  }

  private static String text(Tab tab, String element, String selector) {
    return tab.text(in(element, selector) + ".textContent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void allOfThemAreQuietAccessibleAndNarrowEnough(String scheme, Tab tab) throws IOException {
    open(tab.prefers(scheme).size(400, 900, 1), MoreSamples.report(20));
    tab.evaluate(
        "document.querySelectorAll('fresnel-neurons')[1].scrollIntoView({behavior: 'instant'})");
    tab.waitFor(
        "[...document.querySelectorAll('fresnel-neurons')].every(e =>"
            + " e.shadowRoot.querySelector('.token, .firings'))");
    assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(400);
    var expected = in("fresnel-predictions", ".guesses");
    assertThat(tab.evaluate(expected + ".scrollWidth - " + expected + ".clientWidth").asInt())
        .isZero();
    assertThat(tab.console()).isEmpty();
    assertThat(tab.foreignRequests()).isEmpty();
    if (!Files.exists(AXE)) {
      Assumptions.abort("NOT CHECKED WITH AXE: run `npm ci` in fresnel-viz/src/main/frontend");
    }
    tab.click(in("fresnel-lens", "td[data-cell=\"2,1\"]"));
    tab.frames();
    tab.evaluate(Files.readString(AXE) + ";1");
    var serious = new ArrayList<String>();
    for (JsonNode violation :
        tab.evaluate(
            "axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.help, v.nodes.slice(0,"
                + " 3).map(n => JSON.stringify(n.target) + n.failureSummary).join()]))")) {
      serious.add(violation.toString());
    }
    assertThat(serious).isEmpty();
  }

  @Test
  void pointingAtATokenShowsWhatWasExpectedInItsPlace(Tab tab) {
    var predictions = MoreSamples.predictions(Samples.tokens(12));
    open(tab, Figure.predictions(predictions));
    var element = "fresnel-predictions";
    tab.hover(in(element, "[data-token=\"4\"]"));
    var came = predictions.next().get(3);
    assertThat(text(tab, element, ".guesses caption")).startsWith("Expected after 3 ");
    assertThat(text(tab, element, ".came td")).isEqualTo(Integer.toString(came.rank()));
    assertThat(text(tab, element, ".came td:nth-child(4)")).startsWith("0.");
    assertThat(tab.evaluate(in(element, "tbody") + ".rows.length").asInt()).isEqualTo(6);
    tab.click(in(element, "[data-token=\"4\"]"));
    tab.hover(in(element, "[data-token=\"7\"]"));
    assertThat(text(tab, element, ".guesses caption")).startsWith("Expected after 3 ");
  }

  @Test
  void theKeyboardReadsPredictionsTooAndOpensTheTable(Tab tab) {
    open(tab, Figure.predictions(MoreSamples.predictions(Samples.tokens(12))));
    var element = "fresnel-predictions";
    tab.evaluate(in(element, ".token") + ".focus()");
    tab.press("ArrowRight");
    tab.press("ArrowRight");
    assertThat(text(tab, element, ".guesses caption")).startsWith("Expected after 1 ");
    tab.press("t");
    assertThat(text(tab, element, ".table-twin caption")).isEqualTo("All tokens");
  }

  @Test
  void barsShowTheirSignTheOthersAndTheSum(Tab tab) {
    open(tab, Figure.waterfall(MoreSamples.bars()));
    var element = "fresnel-bars";
    assertThat(text(tab, element, "tbody tr:first-child th")).isEqualTo("embed");
    assertThat(
            tab.evaluate(in(element, "tbody tr:first-child .bar.negative") + " !== null")
                .asBoolean())
        .isTrue();
    assertThat(text(tab, element, "tbody tr:nth-child(2) td:last-child")).isEqualTo("-1.000");
    assertThat(text(tab, element, ".none")).isEqualTo("×");
    assertThat(text(tab, element, ".sum .number")).isEqualTo("NaN");
    assertThat(tab.evaluate(in(element, "b") + " === null").asBoolean()).isTrue();
  }

  @Test
  void marksOfAnAxisHaveTheDigitsOfTheirStep(Tab tab) {
    var places = Labels.layers(3);
    var far = Lines.of("Loss", places, Map.of("far", new double[] {1000.1, 1000.5, 1001}));
    var about = Lines.of("Loss", places, Map.of("about", new double[] {-0.3, 0, 0.1}));
    var marks =
        "[...%s.querySelectorAll('text.end:not([transform])')].map(e => e.textContent).join(' ')";
    open(tab, Figure.lines(far));
    assertThat(tab.text(marks.formatted(in("fresnel-lines", "svg[tabindex]"))))
        .isEqualTo("1000 1000.25 1000.5 1000.75 1001");
    open(tab, Figure.lines(about));
    assertThat(tab.text(marks.formatted(in("fresnel-lines", "svg[tabindex]"))))
        .isEqualTo("-0.3 -0.2 -0.1 0 0.1");
  }

  @Test
  void linesAreReadByKeyboard(Tab tab) {
    open(tab, Figure.lines(MoreSamples.lines()));
    var element = "fresnel-lines";
    tab.evaluate(in(element, ".chart svg") + ".focus()");
    tab.press("ArrowLeft");
    assertThat(text(tab, element, ".readout")).contains("L3").contains("rank of Mary 3.000");
    tab.press("Home");
    assertThat(text(tab, element, ".readout")).contains("L0").contains("40.00");
  }

  @Test
  void withoutColoursOfTheirOwnLinesAndSignsStillDiffer(Tab tab) {
    var forced = Map.of("name", "forced-colors", "value", "active");
    tab.call("Emulation.setEmulatedMedia", Map.of("features", List.of(forced)));
    open(tab, MoreSamples.report(8));
    var line = "getComputedStyle(%s).%s";
    var first = in("fresnel-lines", ".legend .ink-0");
    var second = in("fresnel-lines", ".legend .ink-1");
    assertThat(tab.text(line.formatted(first, "stroke")))
        .isEqualTo(tab.text(line.formatted(second, "stroke")));
    assertThat(tab.text(line.formatted(first, "strokeDasharray")))
        .isNotEqualTo(tab.text(line.formatted(second, "strokeDasharray")));
    var bar = in("fresnel-bars", ".bar:not(.negative)");
    var negative = in("fresnel-bars", ".bar.negative");
    assertThat(tab.text(line.formatted(bar, "backgroundImage"))).isEqualTo("none");
    assertThat(tab.text(line.formatted(negative, "backgroundImage"))).startsWith("repeating");
  }

  @Test
  void aNeuronsTextsAreColouredAboutZeroAndItsOtherTextsAreOnePageAway(Tab tab) {
    open(tab, Figure.neurons(MoreSamples.neurons(6, 12, 2, 10)));
    var element = "fresnel-neurons";
    tab.waitFor(in(element, ".token") + " !== null");
    assertThat(text(tab, element, ".label")).startsWith("L0N0: from -9.000 to 9.000;");
    assertThat(tab.evaluate(in(element, ".token.nan") + ".dataset.token").asInt()).isEqualTo(1);
    assertThat(tab.evaluate(in(element, ".token.endless") + ".dataset.token").asInt()).isEqualTo(2);
    tab.hover(in(element, "[data-token=\"4\"]"));
    assertThat(text(tab, element, ".readout")).contains("L0N0, text 0, 4 ").contains("-9.000");
    tab.click(in(element, ".pages button:last-child"));
    tab.frames();
    assertThat(text(tab, element, "h3")).isEqualTo("Text 5: at most 9.000");
  }

  @Test
  void aNeuronsHistogramAndTableHoldWhatItsTextsShow(Tab tab) {
    open(tab, Figure.neurons(MoreSamples.neurons(6, 12, 2, 10)));
    var element = "fresnel-neurons";
    tab.waitFor(in(element, ".token") + " !== null");
    tab.evaluate(in(element, ".histogram") + ".focus()");
    tab.press("End");
    assertThat(text(tab, element, ".readout")).contains(" to 9.000: 1");
    tab.press("Home");
    assertThat(text(tab, element, ".readout")).contains("-9.000 to ").contains(": 1");
    tab.press("t");
    // Of 6 texts with 12 tokens one activation is NaN and one is infinite.
    assertThat(
            tab.evaluate(
                    "[..."
                        + in(element, ".table-twin tbody")
                        + ".rows].reduce((sum, row) => sum + Number(row.cells[1].textContent), 0)")
                .asInt())
        .isEqualTo(70);
    var text = in(element, ".table-twin table:nth-child(2)");
    assertThat(tab.text(text + ".caption.textContent")).isEqualTo("L0N0, text 0");
    assertThat(tab.evaluate(text + ".tBodies[0].rows.length").asInt()).isEqualTo(12);
    assertThat(tab.text(text + ".tBodies[0].rows[1].cells[2].textContent")).isEqualTo("NaN");
    assertThat(tab.text(text + ".tBodies[0].rows[4].cells[2].textContent")).isEqualTo("-9.000");
  }

  @Test
  void anotherLayerAndNeuronAreUnpackedWhenTheyAreChosen(Tab tab) {
    var activations = MoreSamples.neurons(3, 12, 2, 10);
    open(tab, Figure.topSamples(activations, 0, 0));
    var element = "fresnel-neurons";
    tab.waitFor(in(element, ".token") + " !== null");
    choose(tab, element, 1, "1");
    tab.evaluate(
        "(() => { const n = "
            + in(element, "input")
            + "; n.value = 7; n.dispatchEvent(new Event('change')); })()");
    tab.waitFor(in(element, ".label") + ".textContent.startsWith('L1N7')");
    double most = activations.strongest(1, 7, 1).get(0).value();
    // 16 bits of a float are two to three digits.
    assertThat(Double.parseDouble(text(tab, element, "h3").replaceAll(".* ", "")))
        .isCloseTo(most, org.assertj.core.api.Assertions.within(most / 200));
  }

  private static void choose(Tab tab, String element, int select, String value) {
    tab.evaluate(
        "(() => { const s = document.querySelector('%s').shadowRoot.querySelectorAll('select')[%d];"
                .formatted(element, select)
            + " s.value = '"
            + value
            + "'; s.dispatchEvent(new Event('change')); })()");
  }

  @Test
  void theTableOfTokensHasColoursOfBothSignsAndArrowKeys(Tab tab) {
    open(tab, Figure.topTokens(MoreSamples.neurons(3, 12, 1, 10), 0, 0));
    var element = "fresnel-neurons";
    tab.waitFor(in(element, ".firings td") + " !== null");
    choose(tab, element, 3, "weakest");
    tab.frames();
    assertThat(text(tab, element, ".firings td .value")).isEqualTo("-9.000");
    assertThat(tab.text(in(element, ".firings td") + ".style.background"))
        .startsWith("rgb(8, 48, 107)");
    tab.evaluate(in(element, ".firings td") + ".focus()");
    tab.press("ArrowRight");
    assertThat(text(tab, element, ".readout")).startsWith("L0N1, text ");
  }

  @Test
  void aLockedCellShowsTheWayOfItsTokenByRankAndProbability(Tab tab) {
    var lens = Samples.lens(Samples.tokens(8), 3);
    open(tab, Figure.lens(lens, MoreSamples.trajectory(lens)));
    var element = "fresnel-lens";
    tab.evaluate(in(element, "td[data-cell=\"3,0\"]") + ".focus()");
    tab.press("ArrowRight");
    tab.press("Enter");
    tab.frames();
    assertThat(text(tab, element, ".way .chart .label")).startsWith("Probability after 1 ");
    tab.evaluate(in(element, ".way .chart:last-child svg") + ".focus()");
    tab.press("Home");
    assertThat(text(tab, element, ".readout")).contains("0_pre").contains(" 101");
    choose(tab, element, 0, "rank");
    tab.frames();
    assertThat(text(tab, element, ".colour-bar .caption"))
        .isEqualTo("rank of the token that comes next");
    // Nothing comes after the last token.
    assertThat(tab.text(in(element, "td[data-cell=\"3,7\"]") + ".style.background")).isEmpty();
    assertThat(tab.text(in(element, "td[data-cell=\"3,6\"]") + ".style.background"))
        .startsWith("rgb");
  }
}
