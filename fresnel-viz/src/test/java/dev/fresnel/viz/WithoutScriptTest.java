package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.text.Token;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page shows its figures' numbers where scripts are turned off. */
@InChromium
class WithoutScriptTest {
  @TempDir Path folder;

  @Test
  void everyFigureShowsItsNumbersWhereScriptsAreTurnedOff(Tab tab) {
    var report = Report.titled("Test");
    var figures = FigureOutputTest.figures();
    figures.values().forEach(report::add);
    var page = folder.resolve("page.html");
    report.write(page);
    tab.call("Emulation.setScriptExecutionDisabled", Map.of("value", true));
    try {
      tab.call("Page.navigate", Map.of("url", page.toUri().toString()));
      tab.waitFor("document.readyState === 'complete' && document.title === 'Test'");
      var empty =
          tab.text(
              "[...document.querySelectorAll('section')].filter(s => s.innerText.length <"
                  + " s.querySelector('h2').innerText.length +"
                  + " s.querySelector('.subtitle').innerText.length + 20).map(s => s.id).join()");
      assertThat(empty).isEmpty();
      assertThat(tab.text("document.querySelector('section').innerText"))
          .contains("destination")
          .contains("weight");
    } finally {
      tab.call("Emulation.setScriptExecutionDisabled", Map.of("value", false));
    }
  }

  @Test
  void aTokenCannotEndTheElement() {
    var tokens = List.of(new Token(0, "</noscript><script>"), new Token(1, "a"));
    assertThat(WithoutScript.of(Figure.tokens(tokens)))
        .contains("&lt;/noscript&gt;")
        .doesNotContain("<script");
  }

  @Test
  void aLongFigureIsCutAndSaysSo() {
    var tokens = Collections.nCopies(3000, new Token(7, " word"));
    var lines = Figure.colouredTokens(tokens, new double[3000], "loss");
    assertThat(WithoutScript.of(lines)).hasSizeLessThan(4_300).contains("lines more");
  }
}
