package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page does until it rests: each frame more is a good part of the time that people wait. */
@InChromium
@Tag("long")
class FirstPaintTest {
  /** Counts the frames in which scripts draw on canvases, and what is drawn. */
  private static final String COUNTED =
      """
      window.counted = {drawn: 0, frames: 0};
      for (const name of ['clearRect', 'fillRect', 'drawImage']) {
        const draw = CanvasRenderingContext2D.prototype[name];
        CanvasRenderingContext2D.prototype[name] = function(...all) {
          counted.drawn++;
          return draw.apply(this, all);
        };
      }
      const next = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = act => next(time => {
        const before = counted.drawn;
        act(time);
        if (counted.drawn > before) counted.frames++;
      });
      """;

  @TempDir Path folder;

  @Test
  void theFirstExplorerOfAPageIsNotDrawnAgainAndAgain(Tab tab) {
    var file = folder.resolve("page.html");
    Report.titled("Test").add(Figure.attention(Samples.patterns(2, 3, 24))).write(file);
    tab.call("Page.addScriptToEvaluateOnNewDocument", Map.of("source", COUNTED));
    // So high that no scroll bar appears, which would change the width.
    tab.size(1300, 2400, 1).load(file).decoded();
    // Longer than a readout waits before it speaks.
    Chromium.sleep(400);
    assertThat(tab.evaluate("counted.drawn").asInt()).isGreaterThan(10);
    // A second one where the browser shows a frame before the second layer is unpacked.
    assertThat(tab.evaluate("counted.frames").asInt()).isBetween(1, 2);
    assertThat(tab.text(Explorer.ROOT + ".querySelector('.spoken').textContent"))
        .startsWith("Showing all heads");
  }
}
