package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a run keeps, what it changes, and where it begins and ends. A value: every method gives a
 * new plan.
 *
 * <pre>{@code
 * var plan = RunPlan.capture(PATTERN, Z)
 *     .edit(Z.at(5), (z, at) -> z.with(HEAD, 1, 0.0));   // without head L5H1
 * }</pre>
 *
 * Edits run in the order in which they were added, then the activation is kept: a cache shows what
 * the model went on with.
 */
public final class RunPlan {
  private static final RunPlan NOTHING =
      new RunPlan(List.of(), List.of(), null, null, OptionalInt.empty(), false);

  private record Edit(Selection where, Hook hook) {}

  /** Where a run that does not begin at the embedding begins. */
  public record Start(int layer, Tensor residual) {}

  /** The positions that are kept, {@code from} included, {@code to} excluded. */
  public record Positions(int from, int to) {
    public Positions {
      if (from < 0 || to <= from) {
        throw new FresnelException(
            "positions " + from + ".." + to + " are none; they count from 0");
      }
    }
  }

  private final List<Selection> captures;
  private final List<Edit> edits;
  private final @Nullable Positions positions;
  private final @Nullable Start start;
  private final OptionalInt stop;
  private final boolean stopAfterCapture;

  private RunPlan(
      List<Selection> captures,
      List<Edit> edits,
      @Nullable Positions positions,
      @Nullable Start start,
      OptionalInt stop,
      boolean stopAfterCapture) {
    this.captures = List.copyOf(captures);
    this.edits = List.copyOf(edits);
    this.positions = positions;
    this.start = start;
    this.stop = stop;
    this.stopAfterCapture = stopAfterCapture;
  }

  /** Keeps nothing, changes nothing: logits only. */
  public static RunPlan nothing() {
    return NOTHING;
  }

  /** Keeps these places in every layer. */
  public static RunPlan capture(HookKind... kinds) {
    return NOTHING.and(Selection.kinds(Set.copyOf(Arrays.asList(kinds))));
  }

  /** Keeps these places. */
  public static RunPlan capture(HookPoint... points) {
    return NOTHING.and(Selection.points(Set.copyOf(Arrays.asList(points))));
  }

  /**
   * Keeps every place whose name matches; {@code *} stands for any letters, dots too.
   *
   * <pre>{@code RunPlan.captureMatching("blocks.*.attn.hook_pattern", "blocks.1.hook_resid_post");}
   * </pre>
   *
   * A name without {@code *} that no place has is an error of the run, with the nearest names.
   */
  public static RunPlan captureMatching(String... patterns) {
    RunPlan plan = NOTHING;
    for (String pattern : patterns) {
      plan = plan.and(Selection.matching(pattern));
    }
    return plan;
  }

  /** Keeps every place but those that are computed only by name ({@link HookKind#onlyByName}). */
  public static RunPlan captureAll() {
    return captureMatching("*");
  }

  private RunPlan and(Selection more) {
    var all = new ArrayList<>(captures);
    all.add(more);
    return new RunPlan(all, edits, positions, start, stop, stopAfterCapture);
  }

  /** Keeps these places too, in every layer. */
  public RunPlan alsoCapture(HookKind... kinds) {
    return and(Selection.kinds(Set.copyOf(Arrays.asList(kinds))));
  }

  /** Keeps these places too. */
  public RunPlan alsoCapture(HookPoint... points) {
    return and(Selection.points(Set.copyOf(Arrays.asList(points))));
  }

  /** Changes the activation at one place. */
  public RunPlan edit(HookPoint at, Hook hook) {
    return edit(Selection.points(Set.of(at)), hook);
  }

  /** Changes the activation at this place in every layer. */
  public RunPlan edit(HookKind kind, Hook hook) {
    return edit(Selection.kinds(EnumSet.of(kind)), hook);
  }

  private RunPlan edit(Selection where, Hook hook) {
    var all = new ArrayList<>(edits);
    all.add(new Edit(where, hook));
    return new RunPlan(captures, all, positions, start, stop, stopAfterCapture);
  }

  /**
   * Keeps only some positions (of queries, for attention's matrices): {@code from} included, {@code
   * to} excluded.
   */
  public RunPlan atPositions(int from, int to) {
    return new RunPlan(captures, edits, new Positions(from, to), start, stop, stopAfterCapture);
  }

  /**
   * Begins with this residual stream before a layer instead of with the embedding.
   *
   * @param residual [batch, pos, d_model], for the run's tokens
   */
  public RunPlan startAt(int layer, Tensor residual) {
    return new RunPlan(
        captures, edits, positions, new Start(layer, residual), stop, stopAfterCapture);
  }

  /** Ends before this layer: the run then has a residual stream, and no logits. */
  public RunPlan stopAt(int layer) {
    if (layer < 0) {
      throw new FresnelException("layers count from 0, cannot stop at " + layer);
    }
    return new RunPlan(captures, edits, positions, start, OptionalInt.of(layer), stopAfterCapture);
  }

  /** Ends as soon as everything asked for is kept: the run then has a cache, and no logits. */
  public RunPlan stopAfterCapture() {
    return new RunPlan(captures, edits, positions, start, stop, true);
  }

  // ---- what the model asks ----

  public boolean captures(HookPoint point) {
    return captures.stream().anyMatch(selection -> selection.has(point));
  }

  /** The hooks that change the activation at a place, in order. */
  public List<Hook> hooksAt(HookPoint point) {
    return edits.stream().filter(edit -> edit.where.has(point)).map(Edit::hook).toList();
  }

  public Optional<Positions> positions() {
    return Optional.ofNullable(positions);
  }

  public Optional<Start> start() {
    return Optional.ofNullable(start);
  }

  /** The layer before which the run ends, or {@code layers} where it goes to the end. */
  public int stop(int layers) {
    return stop.orElse(layers);
  }

  public boolean stopsAfterCapture() {
    return stopAfterCapture;
  }

  /**
   * Checks that every place the plan names is one that the model has.
   *
   * @param available the model's places
   * @throws FresnelException naming the first that is not, and the nearest names
   */
  public void requireKnown(List<HookPoint> available) {
    captures.forEach(selection -> selection.requireKnown(available));
    edits.forEach(edit -> edit.where.requireKnown(available));
  }

  /** What is kept and changed, in words: for a report's provenance. */
  @Override
  public String toString() {
    var parts = new ArrayList<String>();
    if (!captures.isEmpty()) {
      parts.add("capture " + String.join(", ", captures.stream().map(Selection::label).toList()));
    }
    edits.forEach(edit -> parts.add("edit " + edit.where.label()));
    positions().ifPresent(p -> parts.add("positions " + p.from() + ".." + p.to()));
    start().ifPresent(s -> parts.add("start at layer " + s.layer()));
    stop.ifPresent(layer -> parts.add("stop at layer " + layer));
    if (stopAfterCapture) {
      parts.add("stop after capture");
    }
    return parts.isEmpty() ? "nothing" : String.join("; ", parts);
  }
}
