package dev.fresnel.memory;

import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Measures the peak memory of {@code loss()}, in its own process: {@code LENGTH BATCH…} runs a
 * small model with GPT-2's vocabulary on batches of such texts, and prints for each the memory that
 * its loss takes above the level before, in MB.
 */
final class LossPeak {
  private static final int VOCABULARY = 50257;

  private LossPeak() {}

  public static void main(String[] arguments) throws Exception {
    int length = Integer.parseInt(arguments[0]);
    var sizes =
        Sizes.builder()
            .layers(1)
            .heads(2)
            .dModel(64)
            .dHead(32)
            .context(length)
            .vocabulary(VOCABULARY)
            .build();
    try (var model = ToyModels.of(ModelConfig.of("loss", sizes), 1)) {
      try (var run = model.run(texts(1, length))) {
        run.loss(); // loads what any process needs once
      }
      for (String batch : List.of(arguments).subList(1, arguments.length)) {
        try (var run = model.run(texts(Integer.parseInt(batch), length))) {
          System.gc();
          Thread.sleep(100);
          long own = LoadingPeak.status("RssAnon");
          long[] peak = {own};
          var watch = new Thread(() -> LoadingPeak.watch(peak));
          watch.setDaemon(true);
          watch.start();
          double loss = run.loss();
          System.out.printf(
              Locale.ROOT,
              "batch %s of %d tokens: loss %.3f, peak %.0f MB%n",
              batch,
              length,
              loss,
              (peak[0] - own) / 1e6);
        }
      }
    }
  }

  private static Tokens texts(int batch, int length) {
    var rows = new ArrayList<int[]>();
    for (int row = 0; row < batch; row++) {
      int first = row * 7919;
      rows.add(IntStream.range(0, length).map(i -> (first + i * 104729) % VOCABULARY).toArray());
    }
    return Tokens.ofRows(rows);
  }
}
