package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A picture that is made without a browser looks like the page's. */
@InChromium
class HeatMapLikePageTest {
  /** Beside a map, and above it with its name; PNG files have two pixels per CSS pixel. */
  private static final int MARGIN = 24;

  private static final int NAME = 24;
  private static final int LEFT = 36;
  private static final int TOP = 20;

  @TempDir Path folder;

  private BufferedImage drawn(HeatMap map, int width, Theme theme) throws IOException {
    var file = folder.resolve("map.png");
    Figure.heatMap(map).picture(width, theme).writePng(file);
    return ImageIO.read(file.toFile());
  }

  @ParameterizedTest
  @CsvSource({"true,LIGHT", "true,DARK", "false,LIGHT", "false,DARK"})
  void cellsHaveThePagesPlacesAndColours(boolean signed, Theme theme, Tab tab) throws IOException {
    var map = HeatMapPictureTest.map(12, 9, signed);
    var page = folder.resolve("page.html");
    Report.titled("Test").add(Figure.heatMap(map)).write(page);
    tab.size(700, 900, 2).prefers(theme.name().toLowerCase(Locale.ROOT)).load(page).frames();
    var canvas = "document.querySelector('fresnel-heatmap').shadowRoot.querySelector('canvas')";
    int room =
        tab.evaluate(
                "document.querySelector('fresnel-heatmap').shadowRoot.querySelector('.panels').clientWidth")
            .asInt();
    double cell = (tab.evaluate(canvas + ".clientWidth").asDouble() - LEFT - 4) / 9;
    var image = drawn(map, room + 2 * MARGIN, theme);
    var places = new ArrayList<List<Integer>>();
    for (int row = 0; row < 12; row++) {
      for (int column = 0; column < 9; column++) {
        // Just inside the corners of the cell, where no number stands. The page hatches a NaN.
        for (double[] at : new double[][] {{1, 1}, {cell - 2.5, 23.5}}) {
          if (row != 1 || column != 2) {
            int x = (int) (2 * (LEFT + column * cell + at[0]));
            places.add(List.of(x, (int) (2 * (TOP + row * 26 + at[1]))));
          }
        }
      }
    }
    var colour = "c.getImageData(x, y, 1, 1).data.slice(0, 3).reduce((a, b) => a * 256 + b)";
    var theirs =
        tab.evaluate(
            "(() => { const c = %s.getContext('2d'); return %s.map(([x, y]) => %s); })()"
                .formatted(canvas, places, "[..." + colour.replace(".slice", "].slice")));
    for (int i = 0; i < places.size(); i++) {
      int x = places.get(i).get(0) + 2 * MARGIN;
      int y = places.get(i).get(1) + 2 * (MARGIN + NAME);
      assertThat(Integer.toHexString(image.getRGB(x, y) & 0xffffff))
          .as("at %s", places.get(i))
          .isEqualTo(Integer.toHexString(theirs.get(i).asInt()));
    }
  }
}
