package dev.fresnel.bench;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.text.Token;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.Report;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Fresnel's pages for bench/pages/run: {@code Pages FOLDER NAME=FIGURE:LAYERSxHEADSxTOKENS...}.
 * Like the peer's they show noise, which compresses worst: a softmax of standard normal numbers,
 * causal.
 */
final class Pages {
  /** No page is made coarser than its figure is by itself. */
  private static final long NO_LIMIT = 1_000_000_000;

  private Pages() {}

  public static void main(String[] arguments) {
    var folder = Path.of(arguments[0]);
    for (String argument : List.of(arguments).subList(1, arguments.length)) {
      var page = argument.split("[=:]");
      var size = Arrays.stream(page[2].split("x")).mapToInt(Integer::parseInt).toArray();
      var figure =
          page[1].equals("tokens") ? tokens(size[2]) : attention(size[0], size[1], size[2]);
      Report.titled(page[0])
          .budget(NO_LIMIT)
          .add(figure)
          .write(folder.resolve("fresnel-" + page[0] + ".html"));
    }
  }

  private static Figure tokens(int size) {
    var random = new Random(0);
    return Figure.colouredTokens(
        text(size), random.doubles(size).map(value -> 2 * value - 1).toArray(), "value");
  }

  private static Figure attention(int layers, int heads, int size) {
    var patterns = new ArrayList<AttentionPattern>();
    var random = new Random(0);
    for (int layer = 0; layer < layers; layer++) {
      var weights = new float[heads][size][size];
      for (var head : weights) {
        for (int query = 0; query < size; query++) {
          fill(head[query], query + 1, random);
        }
      }
      patterns.add(new AttentionPattern(layer, text(size), weights));
    }
    return Figure.attention(patterns);
  }

  private static void fill(float[] row, int keys, Random random) {
    var powers = new double[keys];
    double sum = 0;
    for (int key = 0; key < keys; key++) {
      powers[key] = Math.exp(random.nextGaussian());
      sum += powers[key];
    }
    for (int key = 0; key < keys; key++) {
      row[key] = (float) (powers[key] / sum);
    }
  }

  private static List<Token> text(int size) {
    var tokens = new ArrayList<Token>();
    for (int at = 0; at < size; at++) {
      tokens.add(new Token(1000 + at % 50, " w" + at % 50));
    }
    return tokens;
  }
}
