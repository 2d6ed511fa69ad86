package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Figures on a page that stands in for a notebook's, with the content policy of VS Code's. */
@InChromium
class FigureFrameInBrowserTest {
  /**
   * What VS Code allows the outputs of notebooks, where its own scripts and styles come from
   * elsewhere.
   */
  private static final String POLICY =
      "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline';"
          + " img-src https: http: data:; font-src https:; connect-src https:; child-src https:"
          + " data: blob:";

  private static final String HEIGHTS =
      "[...document.querySelectorAll('iframe')].map(f => f.getBoundingClientRect().height)";

  @TempDir Path folder;

  private static Figure map(int layers) {
    return Figure.heatMap(
        HeatMap.of("scores", new double[layers][8], Labels.layers(layers), Labels.heads(8)));
  }

  private Tab open(Tab tab, String policy, List<Figure> figures) throws IOException {
    var page =
        new StringBuilder(
            "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\""
                + " content=\"");
    page.append(policy).append("\"><body data-vscode-theme-kind=\"vscode-dark\">");
    figures.forEach(figure -> page.append(FigureFrame.html(figure)));
    var file = folder.resolve("notebook.html");
    Files.writeString(file, page);
    return tab.size(900, 900, 1).load(file);
  }

  @Test
  void eachFrameIsAsTallAsItsFigure(Tab tab) throws IOException {
    open(tab, POLICY, List.of(map(2), map(24)));
    tab.waitFor(HEIGHTS + ".every(height => height !== 480)");
    assertThat(tab.evaluate(HEIGHTS + "[1] > " + HEIGHTS + "[0] + 100").asBoolean()).isTrue();
    assertThat(tab.console()).isEmpty();
  }

  @Test
  void severalFramesWithTheSameFigureDoNotClash(Tab tab) throws IOException {
    open(tab, POLICY, List.of(map(2), map(2), map(2)));
    tab.waitFor(HEIGHTS + ".every(height => height !== 480)");
    assertThat(tab.evaluate("new Set(" + HEIGHTS + ").size").asInt()).isOne();
    assertThat(tab.console()).isEmpty();
  }
}
