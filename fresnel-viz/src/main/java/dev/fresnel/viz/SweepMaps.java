package dev.fresnel.viz;

import dev.fresnel.analysis.patch.Axis;
import dev.fresnel.analysis.patch.EdgePatching;
import dev.fresnel.analysis.patch.Sweep;
import java.util.ArrayList;
import java.util.List;

/** The heat maps of a sweep: one, with the inner axes as columns and all others as rows. */
final class SweepMaps {
  private SweepMaps() {}

  static Figure figure(Sweep sweep) {
    double[] flat = sweep.effects();
    String unit = unit(sweep);
    var axes = axes(sweep);
    boolean edges = axes.get(0).name().equals("writer");
    int last = columnAxis(axes);
    var rowAxes = new ArrayList<Integer>();
    for (int axis = 0; axis < axes.size(); axis++) {
      if (axis != last) {
        rowAxes.add(axis);
      }
    }
    int rows = rowAxes.stream().mapToInt(axis -> axes.get(axis).size()).reduce(1, (a, b) -> a * b);
    var values = new double[rows][axes.get(last).size()];
    var names = new String[rows];
    for (int cell = 0; cell < flat.length; cell++) {
      int[] at = indices(cell, axes);
      int row = 0;
      var name = new StringBuilder();
      for (int axis : rowAxes) {
        row = row * axes.get(axis).size() + at[axis];
        name.append(axes.get(axis).labels().get(at[axis]));
      }
      names[row] = name.toString();
      values[row][at[last]] = flat[cell];
    }
    var map =
        HeatMap.of(
                edges ? sweep.what() : name(sweep),
                values,
                rowAxes.size() == 1 && axes.get(0).name().equals("layer")
                    ? Labels.layers(rows)
                    : Labels.of(axes.get(rowAxes.get(rowAxes.size() - 1)).name(), List.of(names)),
                labels(sweep, axes.get(last)))
            .unit(unit)
            .signed()
            .caption(caption(sweep));
    return Figure.heatMap(map);
  }

  /** What was changed, and by what; {@code heads} rather than {@code heads by head}. */
  private static String name(Sweep sweep) {
    return sweep.what().equals(sweep.by() + "s")
        ? sweep.what()
        : sweep.what() + " by " + sweep.by();
  }

  /** At least two: a sweep of whole layers has one column. */
  private static List<Axis> axes(Sweep sweep) {
    return sweep.axes().size() > 1
        ? sweep.axes()
        : List.of(sweep.axes().get(0), new Axis("what", List.of(sweep.what())));
  }

  private static int[] indices(int cell, List<Axis> axes) {
    var indices = new int[axes.size()];
    int rest = cell;
    for (int axis = indices.length - 1; axis >= 0; axis--) {
      indices[axis] = rest % axes.get(axis).size();
      rest /= axes.get(axis).size();
    }
    return indices;
  }

  /** Positions are columns, so that the text is read from left to right. */
  private static int columnAxis(List<Axis> axes) {
    for (int axis = axes.size() - 1; axis >= 0; axis--) {
      if (axes.get(axis).name().equals("position")) {
        return axis;
      }
    }
    return axes.size() - 1;
  }

  private static Labels labels(Sweep sweep, Axis axis) {
    if (axis.name().equals("position")
        && sweep.texts() == 1
        && sweep.tokens().size() == axis.size()) {
      return Labels.tokens("position", sweep.tokens());
    }
    return axis.name().equals("head")
        ? Labels.heads(axis.size())
        : Labels.of(axis.name(), axis.labels());
  }

  private static String unit(Sweep sweep) {
    if (!sweep.scaled()) {
      return "change of " + sweep.metric();
    }
    return (sweep.changesClean() ? "normalised change of " : "normalised ") + sweep.metric();
  }

  /** What the ends of the scale are. */
  private static String scale(Sweep sweep) {
    if (!sweep.scaled()) {
      return ".";
    }
    return sweep.changesClean()
        ? ": 0 as the clean run, -1 as the corrupted run."
        : ": 0 as the corrupted run, 1 as the clean run.";
  }

  private static String caption(Sweep sweep) {
    return cell(sweep)
        + scale(sweep)
        + crossed(sweep)
        + (sweep.texts() > 1 ? " Means over %d texts.".formatted(sweep.texts()) : "");
  }

  /** What one cell is. */
  private static String cell(Sweep sweep) {
    String method = sweep.method();
    if (method.endsWith(EdgePatching.EXACTLY)) {
      return "Each cell is one run in which the column's component reads what the row's wrote in"
          + " the clean run";
    }
    return switch (sweep.experiment()) {
      case "attribution-patch" ->
          "Each cell is an estimate of what patching it would give (%s)".formatted(method);
      case "path-patch" ->
          "Each cell is one run in which %s reads what that head wrote in the clean run (%s)"
              .formatted(sweep.what(), method);
      case "knockout" -> "Each cell is one run with attention cut there (%s)".formatted(method);
      case "ablate" -> "Each cell is one run with that part replaced by " + filling(method);
      default -> "Each cell is one run with that activation changed (%s)".formatted(method);
    };
  }

  /** What an ablation puts in a part's place. */
  private static String filling(String method) {
    return switch (method) {
      case "zero" -> "zeros";
      case "mean" -> "its mean over a data set";
      case "resample" -> "what it is in another text";
      default -> method;
    };
  }

  /** What cells without a number are. */
  private static String crossed(Sweep sweep) {
    if (sweep.method().endsWith(EdgePatching.EXACTLY)) {
      return " Crossed cells were not patched.";
    }
    return sweep.axes().get(0).name().equals("writer")
        ? " Crossed cells are no edges: the reader comes first."
        : "";
  }
}
