package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
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
 * <p>Edits run in the order in which they were added, then the activation is kept: a cache shows
 * the value that the model used.
 *
 * <p>A plan that cannot be carried out is refused before the run. A place that is named, as a
 * {@link HookPoint} or by a name without {@code *}, has to be reached by the run. A {@link
 * HookKind} or a pattern with {@code *} means every such place that the run passes, and there has
 * to be one. The run passes
 *
 * <ul>
 *   <li>the layers from {@link #startAt} on, up to the one before {@link #stopAt};
 *   <li>{@code hook_tokens} and {@code hook_embed}, unless it starts from a residual stream; {@code
 *       hook_pos_embed} also then, if attention itself reads the positions (shortformer);
 *   <li>the final norm, unless it stops before;
 *   <li>under {@link #stopAfterCapture}, nothing after the last place that it captures.
 * </ul>
 */
public final class RunPlan {
  private static final RunPlan NOTHING =
      new RunPlan(List.of(), List.of(), null, Extent.WHOLE, false);

  private record Edit(Selection where, Hook hook) {}

  /**
   * Where a run begins that does not begin at the embedding.
   *
   * @param residual the residual stream before the layer [batch, pos, d_model]
   */
  public record Start(int layer, Tensor residual) {
    public Start {
      if (layer < 0) {
        throw new FresnelException("layers count from 0, so a run cannot start at layer " + layer);
      }
    }
  }

  /** The positions that are kept, {@code from} included, {@code to} excluded. */
  public record Positions(int from, int to) {
    public Positions {
      if (from < 0 || to <= from) {
        throw new FresnelException(
            "positions "
                + from
                + ".."
                + to
                + " are none: the first must be at least 0, the last after it");
      }
    }
  }

  private final List<Selection> captures;
  private final List<Edit> edits;
  private final @Nullable Positions positions;
  private final Extent extent;
  private final boolean recordGradients;

  private RunPlan(
      List<Selection> captures,
      List<Edit> edits,
      @Nullable Positions positions,
      Extent extent,
      boolean recordGradients) {
    this.captures = captures;
    this.edits = edits;
    this.positions = positions;
    this.extent = extent;
    this.recordGradients = recordGradients;
  }

  // ---- what it keeps ----

  /** Keeps nothing, changes nothing: logits only. */
  public static RunPlan nothing() {
    return NOTHING;
  }

  /** Keeps these places in every layer of the run. */
  public static RunPlan capture(HookKind... kinds) {
    return capturing(Arrays.stream(kinds).map(Selection.OfKind::new));
  }

  /** Keeps these places. */
  public static RunPlan capture(HookPoint... points) {
    return capturing(Arrays.stream(points).map(Selection.OfPoint::new));
  }

  /**
   * Keeps every place whose name matches; {@code *} stands for any letters, dots too.
   *
   * <pre>{@code
   * RunPlan.captureMatching("blocks.*.attn.hook_pattern", "blocks.1.hook_resid_post");
   * }</pre>
   *
   * <p>What is {@link HookKind#onlyByName} is kept where a pattern ends with its whole name in a
   * layer: {@code blocks.*.attn.hook_result} keeps results, {@code blocks.*} does not. A name
   * without {@code *} that no place has is an error of the run, with the nearest names.
   */
  public static RunPlan captureMatching(String... patterns) {
    return capturing(Arrays.stream(patterns).map(Selection.Matching::of));
  }

  /**
   * Keeps every place of the run except those that are {@link HookKind#onlyByName}, as
   * TransformerLens's {@code run_with_cache} does by default. Per-head results are not kept; a
   * cache computes them from {@code z} when it is asked for them.
   */
  public static RunPlan captureAll() {
    return captureMatching("*");
  }

  private static RunPlan capturing(Stream<? extends Selection> places) {
    List<Selection> captures = places.<Selection>map(place -> place).distinct().toList();
    return new RunPlan(captures, List.of(), null, Extent.WHOLE, false);
  }

  /**
   * Keeps only some positions (of queries, for attention's matrices): {@code from} included, {@code
   * to} excluded.
   */
  public RunPlan atPositions(int from, int to) {
    return new RunPlan(captures, edits, new Positions(from, to), extent, recordGradients);
  }

  /**
   * Records how the run continues from what it keeps, so that it can be derived: see {@code
   * Run.gradients}. Everything behind the first place that is kept stays in memory until the run is
   * closed.
   */
  public RunPlan recordGradients() {
    return new RunPlan(captures, edits, positions, extent, true);
  }

  // ---- what it changes ----

  /** Changes the activation at one place. */
  public RunPlan edit(HookPoint at, Hook hook) {
    return edit(new Selection.OfPoint(at), hook);
  }

  /** Changes the activation at this place in every layer of the run. */
  public RunPlan edit(HookKind kind, Hook hook) {
    return edit(new Selection.OfKind(kind), hook);
  }

  private RunPlan edit(Selection where, Hook hook) {
    var all = joined(edits, List.of(new Edit(where, hook)));
    return new RunPlan(captures, all, positions, extent, recordGradients);
  }

  // ---- where it begins and ends ----

  /**
   * Begins with this residual stream before a layer instead of with the embedding.
   *
   * @param layer counted from 0; the number of layers for the final norm alone
   * @param residual [batch, pos, d_model], for the run's tokens
   */
  public RunPlan startAt(int layer, Tensor residual) {
    return over(extent.startingAt(new Start(layer, residual)));
  }

  /** Ends before this layer: the run then has a residual stream, and no logits. */
  public RunPlan stopAt(int layer) {
    return over(extent.stoppingAt(layer));
  }

  /**
   * Ends as soon as everything that was asked for is kept: the run then has a cache, and no logits.
   */
  public RunPlan stopAfterCapture() {
    return over(extent.stoppingAfterCapture());
  }

  /**
   * Computes logits of the last position only. The run then leaves out what other positions need
   * for their logits alone: the last layer's queries, attention output and MLP, and the final norm.
   * Where the plan watches the last layer behind its {@code hook_resid_pre}, or the final norm, all
   * positions are computed, so that hooks and captures have the same values with and without this.
   */
  public RunPlan lastLogitsOnly() {
    return over(extent.withLastLogitsOnly());
  }

  private RunPlan over(Extent other) {
    return new RunPlan(captures, edits, positions, other, recordGradients);
  }

  // ---- two plans in one run ----

  /**
   * Both plans in one run: all that either captures, and all edits, those of this plan first. Where
   * only one of them says where the run begins or ends, the run does so.
   *
   * <pre>{@code
   * var plan = HeadDetector.induction().plan().and(LogitAttribution.plan(model));
   * }</pre>
   *
   * @throws FresnelException if the two start or stop at different places, or keep different
   *     positions
   */
  public RunPlan and(RunPlan other) {
    return new RunPlan(
        Stream.concat(captures.stream(), other.captures.stream()).distinct().toList(),
        joined(edits, other.edits),
        positionsWith(other),
        extent.and(other.extent),
        recordGradients || other.recordGradients);
  }

  private @Nullable Positions positionsWith(RunPlan other) {
    var one = positions;
    var two = other.positions;
    boolean differ =
        one == null
            ? two != null && !captures.isEmpty()
            : two == null ? !other.captures.isEmpty() : !one.equals(two);
    if (differ) {
      throw new FresnelException(
          "one plan keeps %s, the other %s; join them first, then say which with atPositions()"
              .formatted(said(one), said(two)));
    }
    return one != null ? one : two;
  }

  private static String said(@Nullable Positions positions) {
    return positions == null
        ? "all positions"
        : "positions " + positions.from + ".." + positions.to;
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    var all = new ArrayList<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }

  // ---- what the model asks ----

  public boolean captures(HookPoint point) {
    return captures.stream().anyMatch(selection -> selection.has(point));
  }

  /** The hooks that change the activation at a place, in order. */
  public List<Hook> hooksAt(HookPoint point) {
    return edits.stream().filter(edit -> edit.where.has(point)).map(Edit::hook).toList();
  }

  /** Whether there are hooks that may change an activation. */
  public boolean hasEdits() {
    return !edits.isEmpty();
  }

  public Optional<Positions> positions() {
    return Optional.ofNullable(positions);
  }

  public Optional<Start> start() {
    return Optional.ofNullable(extent.start());
  }

  /** The layer before which the run ends, or {@code layers} where it goes to the end. */
  public int stop(int layers) {
    return extent.stop().orElse(layers);
  }

  public boolean stopsAfterCapture() {
    return extent.afterCapture();
  }

  /** Whether only the last position's logits are asked for. */
  public boolean hasLastLogitsOnly() {
    return extent.lastLogits();
  }

  public boolean recordsGradients() {
    return recordGradients;
  }

  /**
   * Checks that the run stays within the model's layers.
   *
   * @throws FresnelException if it starts or stops behind the last layer, or stops before it starts
   */
  public void requireWithin(int layers) {
    extent.requireWithin(layers);
  }

  /**
   * Checks that the run does all that the plan says.
   *
   * @param places the model's places
   * @param passed those that the run passes, in order, if it does not end after its captures
   * @throws FresnelException naming the first place that the model does not have, with the nearest
   *     names, or that the run does not reach, with the reason
   */
  public void requireReached(List<HookPoint> places, List<HookPoint> passed) {
    for (Selection capture : captures) {
      capture.requireKnown(places);
      requireReached("captures", capture, passed, "");
    }
    edits.forEach(edit -> edit.where.requireKnown(places));
    if (!extent.afterCapture()) {
      edits.forEach(edit -> requireReached("edits", edit.where, passed, ""));
      return;
    }
    int end = passed.size();
    while (end > 0 && !captures(passed.get(end - 1))) {
      end--;
    }
    if (end == 0) {
      throw new FresnelException(
          "the plan stops after its captures but captures nothing; add a capture, or leave out"
              + " stopAfterCapture()");
    }
    var before = passed.subList(0, end);
    String reason = " and ends after its last capture, " + passed.get(end - 1);
    edits.forEach(edit -> requireReached("edits", edit.where, before, reason));
  }

  private void requireReached(String does, Selection where, List<HookPoint> passed, String reason) {
    if (passed.stream().anyMatch(where::has)) {
      return;
    }
    throw new FresnelException(
        "the plan %s %s, which its run does not reach: it %s%s; leave that out, or run more layers"
            .formatted(does, where.label(), extent.reason(), reason));
  }

  /** What is kept and changed, in words: for a report's provenance. */
  @Override
  public String toString() {
    var parts = new ArrayList<String>();
    if (!captures.isEmpty()) {
      parts.add(
          "capture "
              + String.join(", ", captures.stream().map(Selection::label).sorted().toList()));
    }
    edits.forEach(edit -> parts.add("edit " + edit.where.label()));
    positions().ifPresent(p -> parts.add("positions " + p.from() + ".." + p.to()));
    parts.addAll(extent.said());
    if (recordGradients) {
      parts.add("record gradients");
    }
    return parts.isEmpty() ? "nothing" : String.join("; ", parts);
  }
}
