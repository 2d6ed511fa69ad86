package dev.fresnel.model;

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
import java.util.Arrays;
import java.util.List;

/**
 * The keys and values of positions that a model has read, by layer: what is called a KV cache. A
 * run that continues from it computes only its own tokens, and gives the same activations at them
 * as a run of the whole text.
 *
 * <pre>{@code
 * try (var first = model.run(model.tokens(1, 2, 3), Past.plan(model));
 *     var past = Past.of(first);
 *     var rest = model.run(model.tokens(4, 5), RunPlan.capture(PATTERN), past)) {
 *   rest.cache().get(PATTERN, 0);   // [batch, head, query 2, key 5]
 * }
 * }</pre>
 *
 * <p>It owns its native memory, 2 * layers * key-value heads * d_head numbers per position and
 * text; close it like a run.
 */
public final class Past implements AutoCloseable {
  /** Keys, as they meet queries, and values [batch, pos, kv_head, d_head]. */
  record KeysAndValues(Tensor keys, Tensor values) {
    /** These positions, then others. */
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
  private final int[] paddings;

  private Past(Run run, int length) {
    this.model = run.model();
    this.length = length;
    this.paddings = run.positions().paddings();
  }

  /** What a run has to keep, so that another can continue from it: turned keys, and values. */
  public static RunPlan plan(Transformer model) {
    return RunPlan.capture(keys(model), V);
  }

  /**
   * All positions that a run read, those that it continued from included.
   *
   * @param run made with {@link #plan}
   * @throws FresnelException if the run did not keep keys and values of every layer
   */
  public static Past of(Run run) {
    return of(run, run.positions().start() + run.positions().length());
  }

  /**
   * The first positions of a run: the prefix that runs with a changed rest share.
   *
   * @param run made with {@link #plan}
   * @param length how many positions, from 1 to all that the run read and continued from
   * @throws FresnelException if the run did not keep keys and values of every layer, or is shorter
   */
  public static Past of(Run run, int length) {
    var positions = run.positions();
    int all = positions.start() + positions.length();
    if (length < 1 || length > all) {
      throw new FresnelException(
          "a past has from 1 to %d positions of this run, not %d".formatted(all, length));
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

  /** How many positions it holds, padding included. */
  public int length() {
    return length;
  }

  /** How many texts it holds. */
  public int batch() {
    return paddings.length;
  }

  int[] paddings() {
    return paddings;
  }

  KeysAndValues at(int layer) {
    owner.requireOpen();
    return layers.get(layer);
  }

  /** Checks that a run of this model on a batch of this size can continue from here. */
  void requireFits(Transformer runs, int batch, boolean padded) {
    owner.requireOpen();
    if (runs != model) {
      throw new FresnelException(
          "this past was read by " + model + "; " + runs + " cannot continue from it");
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
        + (Arrays.stream(paddings).anyMatch(padding -> padding > 0) ? ", padded" : "");
  }
}
