package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FigureFrameTest {
  private static final Figure FIGURE =
      Figure.heatMap(
              HeatMap.of("scores", new double[][] {{1, 2}}, Labels.layers(1), Labels.heads(2)))
          .titled("a \"quoted\" <title> & more");

  @Test
  void theFrameHoldsTheFiguresWholePage() {
    var frame =
        Pattern.compile(
                "<iframe [^<]* srcdoc=\"([^\"]*)\"></iframe>\\s*<script>.*</script>",
                Pattern.DOTALL)
            .matcher(FigureFrame.html(FIGURE));
    assertThat(frame.matches()).isTrue();
    assertThat(frame.group(1).replace("&quot;", "\"").replace("&amp;", "&"))
        .isEqualTo(Report.titled(FIGURE.title()).add(FIGURE).html());
  }

  @Test
  void theFrameMayRunScriptsAndSaveFilesAndNothingElse() {
    assertThat(FigureFrame.html(FIGURE)).contains("sandbox=\"allow-scripts allow-downloads\"");
  }
}
