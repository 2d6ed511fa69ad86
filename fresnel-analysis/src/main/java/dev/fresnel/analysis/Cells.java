package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.List;

/**
 * Some positions of one text of a run.
 *
 * @param from the first row index of the batch, padding included
 * @param to behind the last
 */
record Cells(Run run, int text, int from, int to) {
  /** Every position of a text, its padding left out. */
  static Cells all(Run run, int text) {
    Texts.require(run, text);
    Texts.requireFromTheStart(run);
    return new Cells(run, text, run.tokens().padding(text), run.tokens().length());
  }

  /** One position, counted from the text's first token. */
  static Cells at(Run run, int text, int position) {
    Cells all = all(run, text);
    if (position < 0 || position >= all.count()) {
      throw new FresnelException(
          "the text has no position %d: it has %d tokens, positions 0 to %d"
              .formatted(position, all.count(), all.count() - 1));
    }
    return new Cells(run, text, all.from + position, all.from + position + 1);
  }

  /** The same without the last of them. */
  Cells without(int last) {
    return new Cells(run, text, from, to - last);
  }

  int count() {
    return to - from;
  }

  /** The first of these positions, counted from the text's first token. */
  int first() {
    return from - run.tokens().padding(text);
  }

  List<Token> tokens() {
    return run.tokens().row(text).subList(from, to);
  }

  /** An activation at these positions: without the axis {@code batch}. */
  Tensor of(Tensor activation) {
    Tensor own = activation.select(BATCH, text);
    return count() == own.size(POS) ? own : own.slice(POS, from, to);
  }

  /**
   * A captured activation at these positions.
   *
   * @throws FresnelException naming {@code plan} if the run did not capture it
   */
  Tensor of(HookPoint point, String plan) {
    return of(Captured.whole(run, point, plan));
  }

  /**
   * The same without a view, which would take as long as a product with a vector: where these are
   * all positions of the only text, the cached tensor itself, with its axis {@code batch} of size
   * 1.
   */
  Tensor inCache(HookPoint point, String plan) {
    Tensor whole = Captured.whole(run, point, plan);
    boolean all = whole.size(BATCH) == 1 && whole.size(POS) == count();
    return all ? whole : of(whole);
  }
}
