package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.K;
import static dev.fresnel.hook.HookKind.ROT_K;
import static dev.fresnel.hook.HookKind.V;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The keys and values of the positions that a model has read, by layer: a KV cache. A run that
 * continues from it computes only its own tokens. Their activations are the same as in a run of the
 * whole text.
 *
 * <pre>{@code
 * try (var first = model.run(model.tokens(1, 2, 3), Past.plan(model));
 *     var past = Past.of(first);
 *     var rest = model.run(model.tokens(4, 5), RunPlan.capture(PATTERN), past)) {
 *   rest.cache().get(PATTERN, 0);   // [batch, head, query 2, key 5]
 * }
 * }</pre>
 *
 * <p>It owns native memory: 2 * layers * key-value heads * d_head numbers per position and text.
 * Close it like a run.
 */
public final class Past implements AutoCloseable {
  /** Keys, after any rotation, and values [batch, pos, kv_head, d_head]. */
  record KeysAndValues(Tensor keys, Tensor values) {
    /** These positions followed by others. */
    KeysAndValues and(KeysAndValues next) {
      return new KeysAndValues(
          Tensor.concatenate(POS, List.of(keys, next.keys)),
          Tensor.concatenate(POS, List.of(values, next.values)));
    }
  }

  private final Owner owner = new Owner("Past");
  private final List<KeysAndValues> layers = new ArrayList<>();
  private final Transformer model;
  private final int length;
  private final List<Integer> paddings;

  /** How many texts continue from each text of the layers. */
  private final int times;

  private Past(Run run, int length) {
    this.model = run.model();
    this.length = length;
    this.paddings = run.positions().paddings();
    this.times = 1;
  }

  private Past(Past one, int texts) {
    this.model = one.model;
    this.length = one.length;
    this.paddings = Collections.nCopies(texts, one.paddings.get(0));
    this.times = texts;
    this.layers.addAll(one.layers);
  }

  /**
   * The plan of a run that another run can continue from: it captures keys, after any rotation, and
   * values.
   */
  public static RunPlan plan(Transformer model) {
    return RunPlan.capture(keys(model), V);
  }

  /**
   * All positions of a run, including those that it continued from.
   *
   * @param run a run of {@link #plan}
   * @throws FresnelException if the run did not capture keys and values of every layer
   */
  public static Past of(Run run) {
    return of(run, run.positions().start() + run.positions().length());
  }

  /**
   * The first positions of a run, as a prefix for several continuations.
   *
   * @param run a run of {@link #plan}
   * @param length the number of positions, from 1 to all of the run's, including those that it
   *     continued from
   * @throws FresnelException if the run did not capture keys and values of every layer, or has
   *     fewer positions
   */
  public static Past of(Run run, int length) {
    var positions = run.positions();
    int all = positions.start() + positions.length();
    if (length < 1 || length > all) {
      throw new FresnelException(
          "a past has from 1 to %d positions of this run, not %d; give one of these lengths"
              .formatted(all, length));
    }
    var past = new Past(run, length);
    try (var scope = Scope.open()) {
      for (int layer = 0; layer < run.model().layers(); layer++) {
        past.add(run, layer);
      }
      return past;
    } catch (RuntimeException e) {
      past.close();
      throw e;
    }
  }

  /**
   * This past of one text as the past of several, which all continue from it. It reads this past's
   * memory: keep this one open.
   *
   * @param texts how many
   * @throws FresnelException if this past is of more than one text, or there are no texts
   */
  public Past forTexts(int texts) {
    owner.requireOpen();
    if (batch() != 1 || texts < 1) {
      throw new FresnelException(
          "a past of one text can be that of 1 or more; this is of %d texts, wanted are %d"
              .formatted(batch(), texts));
    }
    return new Past(this, texts);
  }

  private static HookKind keys(Transformer model) {
    return model.config().positional() instanceof Positional.Rotary ? ROT_K : K;
  }

  private void add(Run run, int layer) {
    var own = new KeysAndValues(run.cache().get(keys(model), layer), run.cache().get(V, layer));
    if (own.keys.size(POS) != run.positions().length()) {
      throw new FresnelException(
          "this run kept some positions only; a past needs all of them: run Past.plan(model)"
              + " without atPositions");
    }
    var before = run.past();
    var all = before.isPresent() ? before.get().at(layer).and(own) : own;
    layers.add(
        new KeysAndValues(
            kept(all.keys, "the keys of layer " + layer),
            kept(all.values, "the values of layer " + layer)));
  }

  private Tensor kept(Tensor all, String label) {
    return owner.keep(all.slice(POS, 0, length).copy(), label);
  }

  /** The number of positions, padding included. */
  public int length() {
    return length;
  }

  /** The number of texts. */
  public int batch() {
    return paddings.size();
  }

  List<Integer> paddings() {
    return paddings;
  }

  KeysAndValues at(int layer) {
    owner.requireOpen();
    var one = layers.get(layer);
    return times == 1
        ? one
        : new KeysAndValues(one.keys.repeatEach(BATCH, times), one.values.repeatEach(BATCH, times));
  }

  /** Checks that a run of a model on a batch of this size can continue from this past. */
  void requireFits(Transformer runs, int batch, boolean padded) {
    owner.requireOpen();
    if (runs != model) {
      throw new FresnelException(
          "this past was read by %s, and another model, %s, cannot continue from it; load the model once, and use it for both"
              .formatted(model, runs));
    }
    if (batch != batch()) {
      throw new FresnelException(
          "this past holds %d texts, the run has %d; give one continuation for each"
              .formatted(batch(), batch));
    }
    if (padded) {
      throw new FresnelException(
          "continuations have no padding: give texts of the same number of tokens");
    }
  }

  @Override
  public void close() {
    owner.close();
  }

  @Override
  public String toString() {
    return "Past of "
        + length
        + " positions"
        + (paddings.stream().anyMatch(padding -> padding > 0) ? ", padded" : "");
  }
}
