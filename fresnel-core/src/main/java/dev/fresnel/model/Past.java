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
import dev.fresnel.tensor.internal.Growing;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

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
 * <p>One made by {@link #growing} takes in the positions of each run that continues from it, as
 * generation needs it. The others never change.
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

  /** One layer's keys and values. */
  private sealed interface Layer {
    /** Those of the first positions. */
    KeysAndValues first(int length);

    /** Those of the first positions, followed by a run's own. */
    KeysAndValues with(int length, KeysAndValues own);
  }

  private record Fixed(KeysAndValues all) implements Layer {
    @Override
    public KeysAndValues first(int length) {
      return length == all.keys.size(POS)
          ? all
          : new KeysAndValues(all.keys.slice(POS, 0, length), all.values.slice(POS, 0, length));
    }

    @Override
    public KeysAndValues with(int length, KeysAndValues own) {
      return all.and(own);
    }
  }

  /** One text's, for several that continue from it. */
  private record Repeated(KeysAndValues one, int times) implements Layer {
    @Override
    public KeysAndValues first(int length) {
      var first = new Fixed(one).first(length);
      return times == 1
          ? first
          : new KeysAndValues(
              first.keys.repeatEach(BATCH, times), first.values.repeatEach(BATCH, times));
    }

    @Override
    public KeysAndValues with(int length, KeysAndValues own) {
      return first(length).and(own);
    }
  }

  private record Room(Growing keys, Growing values) implements Layer {
    @Override
    public KeysAndValues first(int length) {
      return new KeysAndValues(keys.first(length), values.first(length));
    }

    @Override
    public KeysAndValues with(int length, KeysAndValues own) {
      return new KeysAndValues(keys.append(length, own.keys), values.append(length, own.values));
    }
  }

  private final Owner owner = new Owner("Past");
  private final List<Layer> layers = new ArrayList<>();
  private final Transformer model;
  private final List<Integer> paddings;
  private final int room;
  private final AtomicBoolean taken = new AtomicBoolean();
  private volatile int length;

  /**
   * @param room the most positions of a past that grows; 0 if it does not grow
   */
  private Past(Transformer model, int room, int length, List<Integer> paddings) {
    this.model = model;
    this.room = room;
    this.length = length;
    this.paddings = paddings;
  }

  /**
   * An empty past of one text, to which each run that continues from it adds its positions. Only
   * one run at a time may do so, and it has to pass every layer. Gradients cannot be recorded.
   *
   * <pre>{@code
   * try (var past = Past.growing(model, 64)) {
   *   try (var prompt = model.run(tokens, RunPlan.nothing(), past)) {
   *     next = (int) prompt.logits(-1).topIndices(D_VOCAB, 1).longs()[0];
   *   }
   *   try (var step = model.run(Tokens.of(next), RunPlan.nothing(), past)) {
   *     step.logits(-1);   // [batch, d_vocab]
   *   }
   * }
   * }</pre>
   *
   * @param room the most positions that it will hold, from 1 to the model's context
   * @throws FresnelException if the room is less than 1, or more than the context
   */
  public static Past growing(Transformer model, int room) {
    return growing(model, room, List.of(0));
  }

  /**
   * An empty past of several texts. Its first run reads these texts, with their padding, and each
   * later run one continuation for every text.
   *
   * @param room the most positions that it will hold, padding included, from 1 to the model's
   *     context
   * @param texts what the first run reads
   * @throws FresnelException if the room is less than 1, or more than the context
   */
  public static Past growing(Transformer model, int room, Tokens texts) {
    return growing(
        model, room, IntStream.range(0, texts.batch()).mapToObj(texts::padding).toList());
  }

  private static Past growing(Transformer model, int room, List<Integer> paddings) {
    int context = model.config().sizes().context();
    if (room < 1 || room > context) {
      throw new FresnelException(
          "a past of %s has room for 1 to %d positions, not %d"
              .formatted(model.config().name(), context, room));
    }
    var past = new Past(model, room, 0, paddings);
    for (int layer = 0; layer < model.layers(); layer++) {
      past.layers.add(
          new Room(
              new Growing(POS, room, past.owner, "the keys of layer " + layer),
              new Growing(POS, room, past.owner, "the values of layer " + layer)));
    }
    return past;
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
    var past = new Past(run.model(), 0, length, positions.paddings());
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
    var past = new Past(model, 0, length, Collections.nCopies(texts, paddings.get(0)));
    for (int layer = 0; layer < layers.size(); layer++) {
      past.layers.add(new Repeated(first(layer, length), texts));
    }
    return past;
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
    int start = run.positions().start();
    var all = start == 0 ? own : run.past().orElseThrow().first(layer, start).and(own);
    layers.add(
        new Fixed(
            new KeysAndValues(
                kept(all.keys, "the keys of layer " + layer),
                kept(all.values, "the values of layer " + layer))));
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

  private KeysAndValues first(int layer, int positions) {
    owner.requireOpen();
    return layers.get(layer).first(positions);
  }

  /** A layer's keys and values, followed by those of a run's own positions. */
  KeysAndValues with(int layer, KeysAndValues own) {
    owner.requireOpen();
    return layers.get(layer).with(length, own);
  }

  /**
   * Makes sure that a growing past takes in one run at a time, as a whole.
   *
   * @throws FresnelException if another run is under way, or the plan leaves out what is needed
   */
  void begin(RunPlan plan, int reads) {
    if (!isGrowing()) {
      return;
    }
    if (length + reads > room && room < model.config().sizes().context()) {
      throw new FresnelException(
          "this past has room for %d positions; it holds %d, and the run reads %d more; make it larger"
              .formatted(room, length, reads));
    }
    if (plan.start().isPresent()
        || plan.stop(model.layers()) < model.layers()
        || plan.stopsAfterCapture()
        || plan.recordsGradients()) {
      throw new FresnelException(
          "a growing past takes in whole runs without gradients; the plan says: "
              + plan
              + "; take a past that Past.of(run) made");
    }
    if (!taken.compareAndSet(false, true)) {
      throw new FresnelException(
          "another run is adding to this past; let one run end before the next begins");
    }
  }

  /** The run that began last has ended, and read this many positions; 0 if it failed. */
  void end(int read) {
    if (isGrowing()) {
      length += read;
      taken.set(false);
    }
  }

  private boolean isGrowing() {
    return room > 0;
  }

  /** Checks that a run of a model on a batch of this size can continue from this past. */
  void requireFits(Transformer runs, Tokens tokens) {
    int batch = tokens.batch();
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
    var given = IntStream.range(0, batch).mapToObj(tokens::padding).toList();
    boolean first = isGrowing() && length == 0;
    if (first && !given.equals(paddings)) {
      throw new FresnelException(
          "this past was made for texts with padding %s, and these have %s; give it the same texts"
              .formatted(paddings, given));
    }
    if (!first && tokens.isPadded()) {
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
