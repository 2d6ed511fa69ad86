package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Where a run begins and ends.
 *
 * @param start null where it begins with the embedding
 * @param stop the layer before which it ends; empty where it ends with the model
 * @param afterCapture whether it ends as soon as everything that was asked for is kept
 * @param lastLogits whether only the last position's logits are asked for
 */
record Extent(@Nullable Start start, OptionalInt stop, boolean afterCapture, boolean lastLogits) {
  static final Extent WHOLE = new Extent(null, OptionalInt.empty(), false, false);

  Extent startingAt(Start other) {
    return new Extent(other, stop, afterCapture, lastLogits);
  }

  Extent stoppingAt(int layer) {
    if (layer < 0) {
      throw new FresnelException("layers count from 0, so a run cannot stop at layer " + layer);
    }
    return new Extent(start, OptionalInt.of(layer), afterCapture, lastLogits);
  }

  Extent stoppingAfterCapture() {
    return new Extent(start, stop, true, lastLogits);
  }

  Extent withLastLogitsOnly() {
    return new Extent(start, stop, afterCapture, true);
  }

  /** What either says; both may say the same. */
  Extent and(Extent other) {
    if (start != null && other.start != null && !start.equals(other.start)) {
      throw new FresnelException(
          "one plan starts at layer %d, the other at layer %d, each from a residual stream of its own; run them one by one"
              .formatted(start.layer(), other.start.layer()));
    }
    if (stop.isPresent() && other.stop.isPresent() && !stop.equals(other.stop)) {
      throw new FresnelException(
          "one plan stops at layer %d, the other at layer %d; run them one by one"
              .formatted(stop.getAsInt(), other.stop.getAsInt()));
    }
    return new Extent(
        start != null ? start : other.start,
        stop.isPresent() ? stop : other.stop,
        afterCapture || other.afterCapture,
        lastLogits || other.lastLogits);
  }

  void requireWithin(int layers) {
    int first = start == null ? 0 : start.layer();
    int end = stop.orElse(layers);
    if (Math.max(first, end) > layers) {
      throw new FresnelException(
          "the plan %s at layer %d, but the model has layers 0 to %d; give %d at most"
              .formatted(
                  first > layers ? "starts" : "stops",
                  first > layers ? first : end,
                  layers - 1,
                  layers));
    }
    if (first > end) {
      throw new FresnelException(
          "the plan stops at layer %d, before it starts at layer %d; stop at %d or later"
              .formatted(end, first, first));
    }
  }

  /** Why a place is not reached, in words. */
  String reason() {
    String begins = start == null ? "starts at the embedding" : "starts at layer " + start.layer();
    return stop.isPresent() ? begins + ", stops before layer " + stop.getAsInt() : begins;
  }

  /** What differs from a whole run, in words. */
  List<String> said() {
    var parts = new ArrayList<String>();
    if (start != null) {
      parts.add("start at layer " + start.layer());
    }
    stop.ifPresent(layer -> parts.add("stop at layer " + layer));
    if (afterCapture) {
      parts.add("stop after capture");
    }
    if (lastLogits) {
      parts.add("logits of the last position only");
    }
    return parts;
  }
}
