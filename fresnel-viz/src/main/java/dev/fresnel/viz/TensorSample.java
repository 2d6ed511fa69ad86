package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * As much of a tensor as a page holds.
 *
 * @param axes in the grid's order
 * @param values outermost axis first
 * @param note a sentence that says what is left out; null where nothing is
 */
record TensorSample(List<Axis> axes, float[] values, @Nullable String note) {
  /** The most values of a page's tensor: 3 MB before they are packed. */
  static final int MOST = 1_000_000;

  /** The least cells of a map that is made coarser. */
  private static final int COARSEST = 128 * 128;

  /**
   * One axis.
   *
   * @param size indices on the page
   * @param step how many of the tensor's indices one of them stands for
   */
  record Axis(String name, int size, int step) {}

  static TensorSample of(TensorGrid grid) {
    int rank = grid.axes().size();
    var steps = new int[rank];
    Arrays.fill(steps, 1);
    var sizes = new int[rank];
    for (int place = 0; place < rank; place++) {
      sizes[place] = grid.ordered(place).size();
    }
    coarser(sizes, steps);
    var left = fewer(sizes, grid);
    var axes = new ArrayList<Axis>();
    for (int place = 0; place < rank; place++) {
      axes.add(new Axis(grid.ordered(place).name(), sizes[place], steps[place]));
    }
    return new TensorSample(axes, values(grid, sizes, steps), note(axes, left));
  }

  /** Where each axis begins, in the sample's indices: the last one where its index is left out. */
  List<Integer> starts(TensorGrid grid) {
    var starts = new ArrayList<Integer>();
    for (int place = 0; place < axes.size(); place++) {
      starts.add(Math.min(grid.start(place) / axes.get(place).step(), axes.get(place).size() - 1));
    }
    return starts;
  }

  private static long count(int[] sizes) {
    return Arrays.stream(sizes).asLongStream().reduce(1, (a, b) -> a * b);
  }

  /** Makes cells of several, the longer side first, until they fit or the map is coarse. */
  private static void coarser(int[] sizes, int[] steps) {
    int row = sizes.length - 2;
    var whole = sizes.clone();
    while (count(sizes) > MOST && (long) sizes[row] * sizes[row + 1] > COARSEST) {
      int longer = sizes[row] > sizes[row + 1] ? row : row + 1;
      steps[longer]++;
      sizes[longer] = (whole[longer] + steps[longer] - 1) / steps[longer];
    }
  }

  /** Leaves out the last indices of the longest other axis, until the rest fits. */
  private static String fewer(int[] sizes, TensorGrid grid) {
    var left = new StringBuilder();
    var whole = sizes.clone();
    while (count(sizes) > MOST) {
      int longest = 0;
      for (int place = 0; place < sizes.length; place++) {
        longest = sizes[place] > sizes[longest] ? place : longest;
      }
      sizes[longest] = (sizes[longest] + 1) / 2;
    }
    for (int place = 0; place < sizes.length; place++) {
      if (sizes[place] < whole[place]) {
        left.append(
            " It holds the first %d of %d indices of %s."
                .formatted(sizes[place], whole[place], grid.ordered(place).name()));
      }
    }
    return left.toString();
  }

  private static float[] values(TensorGrid grid, int[] sizes, int[] steps) {
    var values = new float[(int) count(sizes)];
    var at = new int[sizes.length];
    for (int cell = 0; cell < values.length; cell++) {
      int rest = cell;
      for (int place = sizes.length - 1; place >= 0; place--) {
        at[place] = rest % sizes[place];
        rest /= sizes[place];
      }
      values[cell] = farthest(grid, at, steps);
    }
    return values;
  }

  /** The value farthest from zero of those that a cell stands for; NaN where one is. */
  private static float farthest(TensorGrid grid, int[] at, int[] steps) {
    int row = at.length - 2;
    var place = at.clone();
    float found = 0;
    for (int down = 0; down < steps[row]; down++) {
      for (int across = 0; across < steps[row + 1]; across++) {
        place[row] = at[row] * steps[row] + down;
        place[row + 1] = at[row + 1] * steps[row + 1] + across;
        if (place[row] < grid.rows().size() && place[row + 1] < grid.columns().size()) {
          float value = grid.at(place);
          if (Float.isNaN(value) || Math.abs(value) > Math.abs(found)) {
            found = value;
          }
        }
        if (Float.isNaN(found)) {
          return found;
        }
      }
    }
    return found;
  }

  private static @Nullable String note(List<Axis> axes, String left) {
    int rows = axes.get(axes.size() - 2).step();
    int columns = axes.get(axes.size() - 1).step();
    if (rows * columns == 1 && left.isEmpty()) {
      return null;
    }
    var pooled =
        rows * columns == 1
            ? ""
            : " A cell shows the value farthest from zero of %d by %d.".formatted(rows, columns);
    return "The page holds a part of the tensor, to stay small."
        + pooled
        + left
        + " The statistics are those of all numbers. Select or slice the tensor for the rest.";
  }
}
