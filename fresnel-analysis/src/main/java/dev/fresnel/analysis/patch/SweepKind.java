package dev.fresnel.analysis.patch;

import dev.fresnel.error.FresnelException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a sweep is: all of a {@link Sweep} but its texts and numbers.
 *
 * @param data a fingerprint of the texts that fill what is removed; empty for none
 */
record SweepKind(
    String experiment,
    String model,
    String what,
    String by,
    String method,
    String metric,
    List<Axis> axes,
    String data) {
  private static SweepKind of(Sweep sweep) {
    var state = sweep.state();
    return new SweepKind(
        sweep.experiment(),
        sweep.model(),
        sweep.what(),
        sweep.by(),
        sweep.method(),
        sweep.metric(),
        sweep.axes(),
        state == null ? "" : state.data());
  }

  int cells() {
    return axes.stream().mapToInt(Axis::size).reduce(1, Math::multiplyExact);
  }

  private Map<String, String> named() {
    var names = new LinkedHashMap<String, String>();
    names.put("experiment", experiment);
    names.put("model", model);
    names.put("what", what);
    names.put("by", by);
    names.put("method", method);
    names.put("metric", metric);
    names.put("data", data);
    return names;
  }

  /**
   * @throws FresnelException if a stopped sweep is not of this kind; the message names the
   *     difference
   */
  void requireSame(Sweep stopped) {
    var then = of(stopped);
    named()
        .forEach(
            (name, now) -> {
              String was = then.named().get(name);
              if (!now.equals(was)) {
                throw new FresnelException(
                    "the saved sweep cannot be continued: its %s is '%s', and this one's is '%s'; run the sweep that was saved, or save this one to another file"
                        .formatted(name, was, now));
              }
            });
    if (!axes.equals(then.axes)) {
      throw new FresnelException(
          "the saved sweep cannot be continued: it has %s, and this one %s; run it with the same model and texts"
              .formatted(sizes(then.axes), sizes(axes)));
    }
  }

  private static String sizes(List<Axis> axes) {
    return String.join(
        " x ",
        axes.stream()
            .map(axis -> axis.size() + " " + axis.name() + (axis.size() == 1 ? "" : "s"))
            .toList());
  }
}
