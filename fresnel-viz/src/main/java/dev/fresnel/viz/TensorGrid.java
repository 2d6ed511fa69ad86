package dev.fresnel.viz;

import dev.fresnel.analysis.TensorValues;
import dev.fresnel.analysis.TensorValues.Axis;
import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor with two of its axes chosen as rows and columns.
 *
 * @param axes at least two: a vector has one row, a single number one cell
 * @param order the axes' indices, the rows and the columns last
 * @param chosen an index of each axis, in the axes' order: where those begin that are neither rows
 *     nor columns
 */
record TensorGrid(TensorValues values, List<Axis> axes, List<Integer> order, List<Integer> chosen) {
  static TensorGrid of(TensorValues values) {
    var axes = new ArrayList<>(values.axes());
    while (axes.size() < 2) {
      axes.add(0, new Axis("value", 1));
    }
    var order = new ArrayList<Integer>();
    for (int axis = 0; axis < axes.size(); axis++) {
      order.add(axis);
    }
    return new TensorGrid(values, List.copyOf(axes), order, Collections.nCopies(axes.size(), 0));
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
    return new TensorGrid(values, axes, List.copyOf(next), chosen);
  }

  /**
   * The same, which begins at another index of an axis.
   *
   * @throws FresnelException if there is no such axis or index
   */
  TensorGrid at(String name, int index) {
    int axis = index(name);
    int size = axes.get(axis).size();
    if (index < 0 || index >= size) {
      throw new FresnelException(
          "axis “%s” has the indices 0 to %d, got %d".formatted(name, size - 1, index));
    }
    var next = new ArrayList<>(chosen);
    next.set(axis, index);
    return new TensorGrid(values, axes, order, List.copyOf(next));
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

  /** A value of the map that is shown first. */
  float first(int row, int column) {
    var indices = new int[axes.size()];
    for (int place = 0; place < indices.length; place++) {
      indices[place] = start(place);
    }
    indices[axes.size() - 2] = row;
    indices[axes.size() - 1] = column;
    return at(indices);
  }

  /** Where the axis at a place of the order begins. */
  int start(int place) {
    return chosen.get(order.get(place));
  }

  /** What the first map shows, in words. */
  String place() {
    var others = new StringBuilder("↓ " + rows().name() + ", → " + columns().name());
    for (int i = 0; i < axes.size() - 2; i++) {
      others.append(i == 0 ? "; " : ", ").append(ordered(i).name()).append(' ').append(start(i));
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
