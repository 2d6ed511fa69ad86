package dev.fresnel.model;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Hook;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A plan applied to one run. Every value of the forward pass goes through {@link #visit}, where the
 * plan's hooks may change it and the plan may capture it. An unwatched place costs one array
 * look-up.
 */
final class Trace {
  /** Ends the forward pass when everything that the plan captures has been captured. */
  static final class Finished extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Finished() {
      super(null, null, false, false);
    }
  }

  private record Watch(HookPoint point, List<Hook> hooks, boolean capture) {}

  private final @Nullable Watch[][] watches;
  private final RunPlan plan;
  private final Owner owner;
  private final Map<HookPoint, Tensor> kept = new LinkedHashMap<>();
  private final HashSet<HookPoint> awaited = new HashSet<>();
  private int layer = HookPoint.NO_LAYER;

  Trace(RunPlan plan, List<HookPoint> points, int layers, Owner owner) {
    this.plan = plan;
    this.owner = owner;
    watches = new Watch[layers + 1][HookKind.values().length];
    for (HookPoint point : points) {
      var hooks = plan.hooksAt(point);
      boolean capture = plan.captures(point);
      if (capture || !hooks.isEmpty()) {
        watches[point.layer() + 1][point.kind().ordinal()] = new Watch(point, hooks, capture);
      }
      if (capture) {
        awaited.add(point);
      }
    }
  }

  /** A trace without hooks or captures. */
  static Trace none() {
    return new Trace(RunPlan.nothing(), List.of(), 0, new Owner("Trace"));
  }

  /** Sets the layer that hooks in blocks belong to from now on. */
  void enter(int layer) {
    this.layer = layer;
  }

  /** Whether the plan watches any of these places in the current layer. */
  boolean watches(HookKind... kinds) {
    for (HookKind kind : kinds) {
      if (watch(kind) != null) {
        return true;
      }
    }
    return false;
  }

  /** Whether the plan watches any of these places in any layer. */
  boolean watchesAnywhere(HookKind... kinds) {
    return Arrays.stream(watches)
        .anyMatch(row -> Arrays.stream(kinds).anyMatch(kind -> row[kind.ordinal()] != null));
  }

  /**
   * Whether the plan watches the last layer behind its residual stream, the final norm, or the
   * positions' vectors, which the last layer may add.
   */
  boolean watchesEnd() {
    var last = watches[watches.length - 1];
    return Arrays.stream(HookKind.values())
            .anyMatch(kind -> kind != HookKind.RESID_PRE && last[kind.ordinal()] != null)
        || Stream.of(HookKind.POS_EMBED, HookKind.LN_FINAL_SCALE, HookKind.LN_FINAL_NORMALIZED)
            .anyMatch(kind -> watches[0][kind.ordinal()] != null);
  }

  /**
   * A function that applies the plan at a place in the current layer; null if the plan does not
   * watch it.
   */
  @Nullable UnaryOperator<Tensor> watcher(HookKind kind) {
    return watch(kind) == null ? null : value -> visit(kind, value);
  }

  /** Applies the plan to the value at a place; returns the value that the model continues with. */
  Tensor visit(HookKind kind, Tensor value) {
    Watch watch = watch(kind);
    if (watch == null) {
      return value;
    }
    Tensor result = value;
    for (Hook hook : watch.hooks) {
      result = checked(hook.apply(result, watch.point), result, watch.point);
    }
    return watch.capture ? keep(watch.point, result) : result;
  }

  Map<HookPoint, Tensor> kept() {
    return kept;
  }

  private @Nullable Watch watch(HookKind kind) {
    int row = kind.place() == HookKind.Place.MODEL ? 0 : layer + 1;
    return watches[row][kind.ordinal()];
  }

  private static Tensor checked(@Nullable Tensor edited, Tensor before, HookPoint at) {
    if (edited == null) {
      throw new FresnelException(
          "the hook at "
              + at
              + " returned null; let it return the activation, changed or as it was");
    }
    if (!edited.dims().containsAll(before.dims())
        || !edited.shape().equals(before.shape())
            && !edited.order(before.dims()).shape().equals(before.shape())) {
      throw new FresnelException(
          "the hook at "
              + at
              + " must return a tensor of shape "
              + before.shape()
              + ", but returned "
              + edited.shape()
              + "; keep every dimension, and change numbers with times, plus or with");
    }
    if (edited != before && edited.dtype() != before.dtype()) {
      throw new FresnelException(
          "the hook at "
              + at
              + " must return numbers of type "
              + before.dtype().label()
              + ", but returned "
              + edited.dtype().label()
              + "; convert them with to(DType."
              + before.dtype()
              + ")");
    }
    return edited.order(before.dims());
  }

  /** Keeps a value; gives the one that the model continues with. */
  private Tensor keep(HookPoint point, Tensor value) {
    var kind = point.kind();
    Tensor ordered = value.dims().size() == kind.dims().size() ? value.order(kind.dims()) : value;
    Tensor derivable = plan.recordsGradients() ? Gradients.derivable(ordered) : ordered;
    Tensor own = owner.keep(atPositions(kind, derivable), point.name());
    kept.put(point, own);
    awaited.remove(point);
    if (awaited.isEmpty() && plan.stopsAfterCapture()) {
      throw new Finished();
    }
    // Gradients lead back through the tensor that was kept; a copy beside it would have none.
    return plan.recordsGradients() ? own : value;
  }

  private Tensor atPositions(HookKind kind, Tensor value) {
    var wanted = plan.positions();
    if (wanted.isEmpty()) {
      return value;
    }
    if (plan.recordsGradients()) {
      throw new FresnelException(
          "gradients are those of whole activations; leave out atPositions(), and slice the"
              + " gradient");
    }
    int from = wanted.get().from();
    int to = wanted.get().to();
    long length = value.size(kind.positions());
    if (to > length) {
      throw new FresnelException(
          "the plan keeps positions %d to %d, but the text has %d tokens; end atPositions() at %d or before"
              .formatted(from, to - 1, length, length));
    }
    return value.slice(kind.positions(), from, to).copy();
  }
}
