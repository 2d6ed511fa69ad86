package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.text.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole report in a real browser. */
@InChromium
class PageInBrowserTest {
  private static final Path AXE = Path.of("src/main/frontend/node_modules/axe-core/axe.min.js");

  @TempDir Path folder;

  private Tab open(Tab tab, Report report) {
    var file = folder.resolve("report.html");
    report.write(file);
    return tab.load(file).decoded();
  }

  private static String shadow(String element) {
    return "document.querySelector('" + element + "').shadowRoot";
  }

  @Test
  void aReportSaysNothingToTheConsoleAndAsksForNothing(Tab tab) {
    open(tab, Samples.report(3, 4, 20));
    for (var element :
        List.of("fresnel-heatmap", "fresnel-attention", "fresnel-lens", "fresnel-tokens")) {
      tab.hover("document.querySelector('" + element + "')");
    }
    assertThat(tab.console()).isEmpty();
    assertThat(tab.foreignRequests()).isEmpty();
    assertThat(tab.requests()).isNotEmpty();
  }

  @Test
  void thePolicyStopsOtherScriptsAndRequests(Tab tab) {
    open(tab, Report.titled("Policy").add(Figure.tokens(Samples.tokens(3))));
    tab.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.broken = 1';"
            + " document.body.append(s); })()");
    assertThat(tab.evaluate("window.broken === undefined").asBoolean()).isTrue();
    assertThat(tab.evaluate("fetch('/x').then(() => 'went', () => 'stopped')").asText())
        .isEqualTo("stopped");
    assertThat(String.join("", tab.console())).contains("Content Security Policy");
  }

  @Test
  void theSystemsColoursAreFollowedAndTheSwitchOverrulesThem(Tab tab) {
    open(tab.prefers("dark"), Samples.report(2, 2, 12));
    assertThat(lightness(tab)).isLessThan(40);
    tab.prefers("light");
    assertThat(lightness(tab)).isGreaterThan(220);
    tab.click("document.querySelectorAll('.theme button')[2]");
    assertThat(lightness(tab)).isLessThan(40);
    assertThat(
            tab.text("document.querySelectorAll('.theme button')[2].getAttribute('aria-pressed')"))
        .isEqualTo("true");
  }

  private static int lightness(Tab tab) {
    return tab.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
        .asInt();
  }

  @Test
  void fourHundredPixelsAreWideEnough(Tab tab) {
    open(tab.size(400, 800, 2), Samples.report(30, 9, 39));
    tab.evaluate("document.querySelector('details').open = true");
    assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void axeFindsNothingSerious(String scheme, Tab tab) throws IOException {
    if (!Files.exists(AXE)) {
      var message = "NOT CHECKED WITH AXE: run `npm ci` in fresnel-viz/src/main/frontend";
      System.err.println(message);
      assertThat(System.getenv("CI")).as(message).isNotEqualTo("true");
      Assumptions.abort(message);
    }
    open(tab.prefers(scheme), Samples.report(3, 4, 20));
    tab.click(shadow("fresnel-attention") + ".querySelectorAll('.token')[9]");
    tab.click(shadow("fresnel-lens") + ".querySelectorAll('td')[9]");
    tab.click("document.querySelector('summary')");
    tab.evaluate(Files.readString(AXE) + ";1");
    var found =
        tab.evaluate(
            "axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.help, v.nodes.slice(0,"
                + " 3).map(n => JSON.stringify(n.target) + n.failureSummary).join()]))");
    var serious = new ArrayList<String>();
    for (JsonNode violation : found) {
      serious.add(violation.toString());
    }
    assertThat(serious).isEmpty();
  }

  @Test
  void aTokenIsShownAndNeverObeyed(Tab tab) {
    var texts =
        List.of(
            "</script>",
            "<script>window.broken = 1</script>",
            "<b>bold</b>",
            "&amp;",
            "<!--",
            "-->",
            "]]>",
            "\ud800",
            "\udc00x",
            "a\u2028b\u2029",
            "\u05e9\u05dc\u05d5\u05dd",
            "\u202eabc",
            "👩‍👩‍👧",
            "\n",
            "\t",
            " ",
            "  ",
            "",
            "\u0000",
            "\ufffd",
            "\u00a0",
            "\u200b",
            "\"'\\",
            "${x}`",
            "x".repeat(10_000),
            "<img src=x onerror=alert(1)>");
    var tokens = new ArrayList<Token>();
    for (int i = 0; i < texts.size(); i++) {
      tokens.add(new Token(i, texts.get(i)));
    }
    tokens.add(new Token(77, null));
    int size = tokens.size();
    var weights = new float[2][size][size];
    for (int query = 0; query < size; query++) {
      weights[0][query][query] = 1;
      weights[1][query][0] = query == 3 ? Float.NaN : 1;
    }
    var values = new double[size];
    values[0] = Double.NaN;
    values[1] = Double.POSITIVE_INFINITY;
    values[2] = Double.NEGATIVE_INFINITY;
    values[3] = -2;
    var columns = new LinkedHashMap<String, double[]>();
    columns.put("<i>one</i>", values);
    columns.put("</script><script>window.broken = 2</script>", values);
    open(
        tab,
        Report.titled("<b>Title</b></title><script>window.broken = 3</script>")
            .text("<img src=x onerror=alert(1)> & \ud800")
            .add(Figure.attention(new AttentionPattern(0, tokens, weights)).titled("</h2><i>x</i>"))
            .add(Figure.colouredTokens(tokens, columns))
            .add(Figure.lens(Samples.lens(tokens, 2)))
            .provenance(java.util.Map.of("<b>k</b>", "</dd><script>window.broken = 4</script>")));

    assertThat(tab.console()).isEmpty();
    assertThat(tab.evaluate("window.broken === undefined").asBoolean()).isTrue();
    assertThat(tab.text("document.title"))
        .isEqualTo("<b>Title</b></title><script>window.broken = 3</script>");
    assertThat(tab.evaluate("document.querySelectorAll('img, main b, main i').length").asInt())
        .isZero();
    var strip = shadow("fresnel-attention") + ".querySelectorAll('.token bdi')";
    assertThat(tab.evaluate(strip + ".length").asInt()).isEqualTo(size);
    assertThat(
            tab.evaluate(shadow("fresnel-attention") + ".querySelectorAll('b, img, script').length")
                .asInt())
        .isZero();
    for (var shown :
        List.of(
            List.of(0, "</script>"),
            List.of(3, "&amp;"),
            List.of(4, "<!--"),
            List.of(7, "⟨D800⟩"),
            List.of(8, "⟨DC00⟩x"),
            List.of(9, "a⟨2028⟩b⟨2029⟩"),
            List.of(11, "⟨202E⟩abc"),
            List.of(12, "👩‍👩‍👧"),
            List.of(13, "↵"),
            List.of(14, "→"),
            List.of(15, "·"),
            List.of(16, "··"),
            List.of(17, "∅"),
            List.of(18, "⟨00⟩"),
            List.of(20, "⟨A0⟩"),
            List.of(21, "⟨200B⟩"),
            List.of(26, "#77"))) {
      assertThat(tab.text(strip + "[" + shown.get(0) + "].textContent")).isEqualTo(shown.get(1));
    }
    assertThat(tab.text(strip + "[24].textContent")).hasSize(28).endsWith("…");
    tab.hover("document.querySelector('fresnel-tokens').shadowRoot.querySelectorAll('.token')[1]");
    assertThat(tab.text(shadow("fresnel-tokens") + ".querySelector('.tooltip').textContent"))
        .contains("∞");
  }

  @Test
  void anEmptyScoreSaysSoAndValuesShowOnHover(Tab tab) {
    open(
        tab,
        Report.titled("Scores")
            .add(Figure.heads(Samples.undefined("duplicate token", 2, 3)))
            .add(Figure.attribution(Samples.attribution(4, 4))));
    assertThat(tab.text(shadow("fresnel-heatmap") + ".querySelector('.message').textContent"))
        .contains("duplicate token")
        .contains("no cell of this text");
    var root = "document.querySelectorAll('fresnel-heatmap')[1].shadowRoot";
    tab.hover(root + ".querySelector('canvas')", 36 + 1.5 * 52, 20 + 2.5 * 34);
    assertThat(tab.text(root + ".querySelector('.tooltip').textContent"))
        .contains("L2H1")
        .contains("4.200");
    assertThat(tab.text(root + ".querySelector('.lead').textContent"))
        .contains("Position 14")
        .contains("·bends")
        .contains("12.35");
    var darkestOrange =
        tab.evaluate(
            "(() => { const c = "
                + root
                + ".querySelector('canvas'); return [...c.getContext('2d').getImageData(36 + 52 +"
                + " 3, 20 + 2 * 34 + 3, 1, 1).data]; })()");
    assertThat(darkestOrange.toString()).isEqualTo("[107,50,3,255]");
  }

  @Test
  void aMapOfAnyRowsAndColumnsNamesItsCells(Tab tab) {
    var values = new double[3][5];
    values[1][2] = -1.5;
    values[2][4] = Double.NaN;
    var map =
        HeatMap.of(
                "restored", values, Labels.layers(3), Labels.tokens("position", Samples.tokens(5)))
            .unit("logits")
            .signed()
            .caption("How much of the answer comes back.");
    open(tab, Report.titled("Patching").add(Figure.heatMap(map)));
    var root = shadow("fresnel-heatmap");
    var canvas = root + ".querySelector('canvas')";
    assertThat(tab.text(canvas + ".getAttribute('aria-label')"))
        .contains("restored, 3 layers by 5 positions")
        .contains("choose a cell");
    assertThat(tab.text(root + ".querySelector('.axes').textContent"))
        .isEqualTo("↓ layer, → position");
    tab.evaluate(canvas + ".focus()");
    tab.press("ArrowDown");
    tab.press("ArrowRight");
    tab.press("ArrowRight");
    assertThat(tab.text(root + ".querySelector('.readout').firstChild.textContent"))
        .isEqualTo("restored: L1, 2 ·can -1.500");
    tab.press("Enter");
    assertThat(tab.text(root + ".querySelector('.linked').textContent"))
        .isEqualTo("L1, 2 ·can locked. ");
    tab.press("ArrowDown");
    tab.press("End");
    assertThat(tab.text(root + ".querySelector('.readout').firstChild.textContent"))
        .isEqualTo("restored: L2, 4 ·can NaN");
    tab.press("Escape");
    assertThat(tab.text(root + ".querySelector('.linked').textContent"))
        .isEqualTo("Click a cell to lock it. ");
    assertThat(tab.text("document.querySelector('.subtitle').textContent"))
        .isEqualTo("How much of the answer comes back.");
    assertThat(tab.console()).isEmpty();
  }

  @Test
  void aCellThatTheKeyboardReachesIsScrolledTo(Tab tab) {
    var labels = new ArrayList<String>();
    for (int column = 0; column < 200; column++) {
      labels.add("c" + column);
    }
    var map =
        HeatMap.of("wide", new double[60][200], Labels.layers(60), Labels.of("column", labels));
    open(tab.size(800, 600, 1), Report.titled("Wide").add(Figure.heatMap(map)));
    var panel = shadow("fresnel-heatmap") + ".querySelector('.panel')";
    tab.evaluate(panel + ".querySelector('canvas').focus()");
    tab.press("End");
    var hidden = panel + ".scrollWidth - " + panel + ".clientWidth - " + panel + ".scrollLeft";
    assertThat(tab.evaluate(hidden).asDouble()).isLessThan(12);
    for (int row = 0; row < 50; row++) {
      tab.press("ArrowDown");
    }
    var top = panel + ".querySelector('canvas').getBoundingClientRect().top + 20 + 50 * 19";
    assertThat(tab.evaluate(top).asDouble()).isBetween(0.0, 600.0);
    tab.press("Home");
    assertThat(tab.evaluate(panel + ".scrollLeft").asDouble()).isLessThan(40);
  }

  @Test
  void theLensShowsItsNextGuesses(Tab tab) {
    var lens = Samples.lens(Samples.tokens(6), 3);
    open(tab, Report.titled("Lens").add(Figure.lens(lens)));
    var cell =
        shadow("fresnel-lens") + ".querySelectorAll('tbody tr')[2].querySelectorAll('td')[4]";
    tab.click(cell);
    var guess = lens.predictions().get(2).get(4).get(1);
    var row =
        tab.text(shadow("fresnel-lens") + ".querySelector('.detail tbody').rows[1].textContent");
    assertThat(row)
        .contains(
            String.format(java.util.Locale.ROOT, "%.4g", guess.probability()).substring(0, 5));
    tab.press("Escape");
    assertThat(
            tab.evaluate(shadow("fresnel-lens") + ".querySelector('.detail').childElementCount")
                .asInt())
        .isZero();
  }

  @Test
  void trainingIsReadByPointerAndByTable(Tab tab) {
    var run = Samples.trained("One </text><script>window.broken = 1</script>", 30, true);
    open(tab.prefers("light"), Report.titled("Training").add(Figure.curves(Samples.training(run))));
    assertThat(tab.console()).isEmpty();
    assertThat(tab.text("document.querySelector('svg text').textContent")).isEqualTo(run.name());
    assertThat(tab.text("document.querySelector('svg').getAttribute('aria-label')"))
        .contains("From 50 k to 1.5 M tokens seen", "induction 0.5 at 950 k tokens.");

    var last = "document.querySelector('.curves g:last-child')";
    assertThat(tab.text("getComputedStyle(" + last + ").opacity")).isEqualTo("0");
    tab.hover(last);
    assertThat(tab.text("getComputedStyle(" + last + ").opacity")).isEqualTo("1");
    assertThat(tab.text(last + ".querySelector('title').textContent"))
        .startsWith("1.5 M tokens\ntraining: ");

    tab.click("document.querySelector('summary')");
    assertThat(tab.evaluate("document.querySelector('table').tBodies[0].rows.length").asInt())
        .isEqualTo(30);
    assertThat(tab.text("document.querySelector('tbody tr th').textContent")).isEqualTo("50,000");
  }

  @Test
  void trainingIsDrawnInTheColoursOfThePage(Tab tab) {
    open(
        tab.prefers("light"),
        Report.titled("Training")
            .add(Figure.curves(Samples.training(Samples.trained("One", 30, true)))));
    var line = "getComputedStyle(document.querySelector('polyline.ink-first')).stroke";
    assertThat(tab.text(line)).isEqualTo("rgb(179, 65, 10)");
    tab.prefers("dark");
    assertThat(tab.text(line)).isEqualTo("rgb(255, 162, 99)");
  }

  @Test
  void damagedDataAreSaidToBeDamaged(Tab tab) throws IOException {
    var page = Report.titled("Damaged").add(Figure.attention(Samples.pattern(0, 2, 8, 1))).html();
    int block = page.indexOf(">", page.indexOf("octet-stream")) + 1;
    var file = folder.resolve("damaged.html");
    Files.writeString(
        file, page.substring(0, block) + "AAAA" + page.substring(page.indexOf("</script>", block)));
    tab.load(file);
    tab.waitFor("!!" + shadow("fresnel-attention") + ".querySelector('.failure')");
    assertThat(tab.text(shadow("fresnel-attention") + ".textContent"))
        .startsWith("This figure cannot be shown");
  }
}
