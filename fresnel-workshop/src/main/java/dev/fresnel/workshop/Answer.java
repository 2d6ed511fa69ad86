package dev.fresnel.workshop;

import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a method returned, in parts that can be compared one by one.
 *
 * @param sizes how long each of its dimensions is, by name
 * @param cells the parts by name: {@code head 2}, {@code query 3, key 1}; numbers, strings or
 *     booleans
 */
record Answer(Map<String, Integer> sizes, Map<String, Object> cells) {
  /** Two numbers are the same if they differ by less: what rounding in floats adds up to. */
  private static final double CLOSE = 1e-4;

  static Answer of(String name, Object value) {
    return new Answer(Map.of(), Map.of(name, value));
  }

  /** A number for each index of one dimension. */
  static Answer row(String dim, double @Nullable [] values) {
    var cells = new LinkedHashMap<String, Object>();
    for (int i = 0; i < given(values).length; i++) {
      cells.put(dim + " " + i, values[i]);
    }
    return new Answer(Map.of(dim, values.length), cells);
  }

  static Answer row(String dim, int @Nullable [] values) {
    var cells = new LinkedHashMap<String, Object>();
    for (int i = 0; i < given(values).length; i++) {
      cells.put(dim + " " + i, (double) values[i]);
    }
    return new Answer(Map.of(dim, values.length), cells);
  }

  /** A number for each head, [layer][head]. */
  static Answer heads(double @Nullable [][] values) {
    var cells = new LinkedHashMap<String, Object>();
    var sizes = new LinkedHashMap<String, Integer>();
    sizes.put("layer", given(values).length);
    for (int layer = 0; layer < values.length; layer++) {
      sizes.put("head", given(values[layer]).length);
      for (int head = 0; head < values[layer].length; head++) {
        cells.put("L" + layer + "H" + head, values[layer][head]);
      }
    }
    return new Answer(sizes, cells);
  }

  /** A list, whose order counts. */
  static Answer list(String what, @Nullable List<?> values) {
    var cells = new LinkedHashMap<String, Object>();
    for (int i = 0; i < given(values).size(); i++) {
      cells.put(what + " " + i, given(values.get(i)).toString());
    }
    cells.put("the number of entries", (double) values.size());
    return new Answer(Map.of(), cells);
  }

  /**
   * Whether each cell of a square counts.
   *
   * @param causal whether only cells count whose key is not behind the query
   */
  static Answer square(Cells cells, int length, boolean causal) {
    var all = new LinkedHashMap<String, Object>();
    for (int query = 0; query < length; query++) {
      for (int key = 0; key < (causal ? query + 1 : length); key++) {
        all.put("query %d, key %d".formatted(query, key), cells.count(query, key));
      }
    }
    return new Answer(Map.of(), all);
  }

  static <T> T given(@Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException("it returned null");
    }
    return value;
  }

  /** Several answers as one, each under its own name. */
  static Answer all(Map<String, Answer> parts) {
    var sizes = new LinkedHashMap<String, Integer>();
    var cells = new LinkedHashMap<String, Object>();
    parts.forEach(
        (name, part) -> {
          part.sizes.forEach((dim, size) -> sizes.put(name + ", " + dim, size));
          part.cells.forEach((cell, value) -> cells.put(name + ", " + cell, value));
        });
    return new Answer(sizes, cells);
  }

  /** The numbers of a tensor, the last dimension fastest. */
  static double[] numbers(Tensor tensor) {
    float[] floats = tensor.contiguous().floats();
    double[] numbers = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      numbers[i] = floats[i];
    }
    return numbers;
  }

  boolean equalTo(Answer other) {
    return sizes.equals(other.sizes) && differences(other).isEmpty();
  }

  /** The names of the cells whose values differ, or that only one of the two has. */
  List<String> differences(Answer other) {
    var different = new ArrayList<String>();
    cells.forEach(
        (name, value) -> {
          if (!same(value, other.cells.get(name))) {
            different.add(name);
          }
        });
    other.cells.keySet().stream().filter(name -> !cells.containsKey(name)).forEach(different::add);
    return different;
  }

  private static boolean same(Object one, @Nullable Object other) {
    if (one instanceof Double x && other instanceof Double y) {
      return Double.isNaN(x) && Double.isNaN(y)
          || x.equals(y)
          || Math.abs(x - y) <= CLOSE * Math.max(1, Math.abs(x));
    }
    return one.equals(other);
  }

  /** The dimensions of a tensor with their sizes. */
  static Map<String, Integer> sizes(Shape shape) {
    var sizes = new LinkedHashMap<String, Integer>();
    shape.dims().forEach(dim -> sizes.put(dim.name(), (int) shape.size(dim)));
    return sizes;
  }
}
