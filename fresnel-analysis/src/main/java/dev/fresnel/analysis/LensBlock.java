package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a lens reads at some positions: the logits of all its stages, from one product with the
 * unembedding.
 *
 * @param cells the positions
 * @param logits [pos, d_vocab], the first stage's positions first
 */
record LensBlock(Cells cells, Tensor logits) {
  /**
   * How many logits are in memory at once: 64 MB, some 340 rows of SmolLM2's vocabulary. Products
   * of fewer rows are slower.
   */
  private static final long LOGITS_AT_ONCE = 1L << 24;

  /**
   * Hands on blocks of positions, one after the other, which are freed then.
   *
   * @param residuals a residual stream [batch, pos, d_model] per stage
   */
  static void each(Cells cells, Collection<Tensor> residuals, Consumer<LensBlock> reader) {
    var model = cells.run().model();
    long row = (long) residuals.size() * model.config().sizes().vocabularyOut();
    int step = (int) Math.max(1, Math.min(cells.count(), LOGITS_AT_ONCE / row));
    for (int from = cells.from(); from < cells.to(); from += step) {
      var part = new Cells(cells.run(), cells.text(), from, Math.min(cells.to(), from + step));
      try (var scope = Scope.open()) {
        List<Tensor> read = residuals.stream().map(part::of).toList();
        var residual = Tensor.concatenate(POS, read);
        reader.accept(new LensBlock(part, model.unembed(model.normalizeFinal(residual))));
      }
    }
  }

  /** One stage's logits [pos, d_vocab]. */
  Tensor stage(int stage) {
    return logits.slice(POS, (long) stage * cells.count(), (stage + 1L) * cells.count());
  }

  /** One stage's logits at one of these positions. */
  float[] row(int stage, int at) {
    return logits.select(POS, (long) stage * cells.count() + at).floats();
  }
}
