package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The figures of the second script, as a person uses them. */
@InChromium
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
    assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(400);
    assertThat(tab.console()).isEmpty();
    assertThat(tab.foreignRequests()).isEmpty();
    if (!Files.exists(AXE)) {
      Assumptions.abort("NOT CHECKED WITH AXE: run `npm ci` in fresnel-viz/src/main/frontend");
    }
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
  void linesAreReadByKeyboard(Tab tab) {
    open(tab, Figure.lines(MoreSamples.lines()));
    var element = "fresnel-lines";
    tab.evaluate(in(element, ".chart svg") + ".focus()");
    tab.press("ArrowLeft");
    assertThat(text(tab, element, ".readout")).contains("L3").contains("rank of Mary 3.000");
    tab.press("Home");
    assertThat(text(tab, element, ".readout")).contains("L0").contains("40.00");
  }
}
