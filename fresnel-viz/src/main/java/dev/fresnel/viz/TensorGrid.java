package dev.fresnel.viz;

import dev.fresnel.analysis.TensorValues;
import dev.fresnel.analysis.TensorValues.Axis;
import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor with two of its axes chosen as rows and columns.
 *
 * @param axes at least two: a vector has one row, a single number one cell
 * @param order the axes' indices, the rows and the columns last
 */
record TensorGrid(TensorValues values, List<Axis> axes, List<Integer> order) {
  static TensorGrid of(TensorValues values) {
    var axes = new ArrayList<>(values.axes());
    while (axes.size() < 2) {
      axes.add(0, new Axis("value", 1));
    }
    var order = new ArrayList<Integer>();
    for (int axis = 0; axis < axes.size(); axis++) {
      order.add(axis);
    }
    return new TensorGrid(values, List.copyOf(axes), order);
  }

  TensorGrid with(String rows, String columns) {
    int row = index(rows);
    int column = index(columns);
    if (row == column) {
      throw new FresnelException(
          "rows and columns must be two axes, got “%s” for both; the axes are %s"
              .formatted(rows, names()));
    }
    var next = new ArrayList<Integer>();
    for (int axis = 0; axis < axes.size(); axis++) {
      if (axis != row && axis != column) {
        next.add(axis);
      }
    }
    next.add(row);
    next.add(column);
    return new TensorGrid(values, axes, List.copyOf(next));
  }

  private int index(String name) {
    for (int axis = 0; axis < axes.size(); axis++) {
      if (axes.get(axis).name().equals(name)) {
        return axis;
      }
    }
    throw new FresnelException("there is no axis “%s”; the axes are %s".formatted(name, names()));
  }

  private String names() {
    return axes.stream().map(Axis::name).collect(Collectors.joining(", "));
  }

  /** The axis at a place of the order: the last is that of the columns. */
  Axis ordered(int place) {
    return axes.get(order.get(place));
  }

  Axis rows() {
    return ordered(order.size() - 2);
  }

  Axis columns() {
    return ordered(order.size() - 1);
  }

  /** A value at indices in the order of {@link #order}. */
  float at(int... indices) {
    int at = 0;
    for (int axis = 0; axis < axes.size(); axis++) {
      at = at * axes.get(axis).size() + indices[order.indexOf(axis)];
    }
    return values.at(at);
  }

  /** A value of the first map: every other index is 0. */
  float first(int row, int column) {
    var indices = new int[axes.size()];
    indices[axes.size() - 2] = row;
    indices[axes.size() - 1] = column;
    return at(indices);
  }

  /** What the first map shows, in words. */
  String place() {
    var others = new StringBuilder("↓ " + rows().name() + ", → " + columns().name());
    for (int i = 0; i < axes.size() - 2; i++) {
      others.append(i == 0 ? "; " : ", ").append(ordered(i).name()).append(" 0");
    }
    return others.toString();
  }

  /** The greatest distance from zero of a finite value; 0 where there is none. */
  double farthest() {
    var found = values.statistics();
    double most = Math.max(Math.abs(found.least()), Math.abs(found.greatest()));
    return Double.isNaN(most) ? 0 : most;
  }
}
