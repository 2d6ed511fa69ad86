package dev.fresnel.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/**
 * A tensor in plain Java, and each operation of {@link Tensor} by its definition: slow, and too
 * simple to be wrong. What {@code Tensor} must refuse is {@link Refused} here.
 *
 * @param scale the greatest sum of magnitudes behind a number, by which rounding errors are judged
 */
record Plain(List<Dim> dims, List<Long> sizes, double[] values, double scale) {
  /** More numbers than a test makes: an operation that asks for them must be refused. */
  static final long MOST = 1_000_000;

  /** The operation is not possible: axes, sizes or indices do not fit. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  static Plain of(Shape shape, double... values) {
    return new Plain(shape.dims(), shape.sizes(), values, 0);
  }

  Shape shape() {
    return new Shape(dims, sizes);
  }

  /** Empty tensors may have an axis of any size; whether libtorch can make one depends on it. */
  boolean hasOrdinarySizes() {
    return sizes.stream().allMatch(size -> size <= MOST);
  }

  static void require(boolean possible) {
    if (!possible) {
      throw new Refused();
    }
  }

  /** A tensor by a function of the index along each axis. */
  static Plain make(List<Dim> dims, List<Long> sizes, ToDoubleFunction<Map<Dim, Long>> number) {
    require(new HashSet<>(dims).size() == dims.size());
    double count = sizes.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
    require(count <= MOST);
    double[] values = new double[(int) count];
    for (int i = 0; i < values.length; i++) {
      var index = new HashMap<Dim, Long>();
      long rest = i;
      for (int axis = dims.size() - 1; axis >= 0; axis--) {
        index.put(dims.get(axis), rest % sizes.get(axis));
        rest /= sizes.get(axis);
      }
      values[i] = number.applyAsDouble(index);
    }
    return new Plain(List.copyOf(dims), List.copyOf(sizes), values, 0);
  }

  private Plain scaled(double greatest) {
    return new Plain(dims, sizes, values, greatest);
  }

  long size(Dim dim) {
    require(dims.contains(dim));
    return sizes.get(dims.indexOf(dim));
  }

  double at(Map<Dim, Long> index) {
    long place = 0;
    for (int axis = 0; axis < dims.size(); axis++) {
      place = place * sizes.get(axis) + index.get(dims.get(axis));
    }
    return values[(int) place];
  }

  private double at(Map<Dim, Long> index, Dim dim, long instead) {
    var changed = new HashMap<>(index);
    changed.put(dim, instead);
    return at(changed);
  }

  private double greatest() {
    return Arrays.stream(values).map(Math::abs).filter(Double::isFinite).max().orElse(0);
  }

  // ---- names and order ----

  Plain named(List<Dim> names) {
    require(names.size() == dims.size() && new HashSet<>(names).size() == names.size());
    return new Plain(names, sizes, values, 0);
  }

  Plain rename(Dim from, Dim to) {
    require(dims.contains(from));
    var names = new ArrayList<>(dims);
    names.set(dims.indexOf(from), to);
    return named(names);
  }

  Plain order(List<Dim> order) {
    require(order.size() == dims.size() && Set.copyOf(order).equals(Set.copyOf(dims)));
    return make(order, order.stream().map(this::size).toList(), this::at);
  }

  Plain split(Dim dim, Shape parts) {
    require(parts.sizes().stream().reduce(1L, (a, b) -> a * b) == size(dim));
    var names = new ArrayList<>(dims);
    var lengths = new ArrayList<>(sizes);
    int axis = dims.indexOf(dim);
    names.remove(axis);
    lengths.remove(axis);
    names.addAll(axis, parts.dims());
    lengths.addAll(axis, parts.sizes());
    return make(names, lengths, index -> 0).with(values);
  }

  private Plain with(double[] same) {
    return new Plain(dims, sizes, same, 0);
  }

  Plain merge(Dim first, Dim second, Dim into) {
    require(dims.contains(first) && dims.contains(second) && !first.equals(second));
    var names = new ArrayList<>(dims);
    names.remove(second);
    names.set(names.indexOf(first), into);
    long inner = size(second);
    return make(
        names,
        names.stream()
            .map(dim -> dim.equals(into) ? Long.valueOf(size(first) * inner) : size(dim))
            .toList(),
        index -> {
          var own = new HashMap<>(index);
          own.put(first, index.get(into) / inner);
          own.put(second, index.get(into) % inner);
          return at(own);
        });
  }

  Plain unsqueeze(Dim dim) {
    var names = new ArrayList<>(dims);
    var lengths = new ArrayList<>(sizes);
    names.add(dim);
    lengths.add(1L);
    return make(names, lengths, this::at);
  }

  Plain squeeze(Dim dim) {
    require(size(dim) == 1);
    return select(dim, 0);
  }

  // ---- parts ----

  private Plain without(Set<Dim> dropped, ToDoubleFunction<Map<Dim, Long>> number) {
    var names = dims.stream().filter(dim -> !dropped.contains(dim)).toList();
    return make(names, names.stream().map(this::size).toList(), number);
  }

  private Plain resized(Dim dim, long length, ToDoubleFunction<Map<Dim, Long>> number) {
    return make(dims, dims.stream().map(d -> d.equals(dim) ? length : size(d)).toList(), number);
  }

  Plain select(Dim dim, long index) {
    long size = size(dim);
    require(index >= -size && index < size);
    return without(Set.of(dim), i -> at(i, dim, index < 0 ? size + index : index));
  }

  Plain slice(Dim dim, long from, long to) {
    require(from >= 0 && from <= to && to <= size(dim));
    return resized(dim, to - from, i -> at(i, dim, i.get(dim) + from));
  }

  Plain gather(Dim dim, long... indices) {
    long size = size(dim);
    require(Arrays.stream(indices).allMatch(index -> index >= 0 && index < size));
    return resized(dim, indices.length, i -> at(i, dim, indices[i.get(dim).intValue()]));
  }

  Plain repeatEach(Dim dim, long times) {
    require(times >= 0 && (size(dim) == 0 || times <= Long.MAX_VALUE / size(dim)));
    return resized(dim, size(dim) * times, i -> at(i, dim, i.get(dim) / times));
  }

  Plain with(Dim dim, long index, Plain part) {
    select(dim, index);
    require(part.dims.stream().allMatch(d -> !d.equals(dim) && dims.contains(d)));
    require(part.dims.stream().allMatch(d -> part.size(d) == size(d)));
    long place = index < 0 ? size(dim) + index : index;
    return make(dims, sizes, i -> i.get(dim) == place ? part.at(i) : at(i));
  }

  // ---- number by number ----

  Plain map(DoubleUnaryOperator function) {
    return make(dims, sizes, i -> function.applyAsDouble(at(i))).scaled(greatest());
  }

  Plain combine(Plain other, DoubleBinaryOperator function) {
    var names = new LinkedHashSet<>(dims);
    names.addAll(other.dims);
    require(dims.stream().allMatch(d -> !other.dims.contains(d) || size(d) == other.size(d)));
    var lengths = names.stream().map(d -> (dims.contains(d) ? this : other).size(d)).toList();
    return make(List.copyOf(names), lengths, i -> function.applyAsDouble(at(i), other.at(i)))
        .scaled(greatest() + other.greatest());
  }

  Plain where(Plain condition, Plain other) {
    Plain chosen =
        combine(other, (a, b) -> a).combine(condition, (a, c) -> c != 0 ? a : Double.NaN);
    Plain rest = combine(other, (a, b) -> b).combine(condition, (b, c) -> c != 0 ? Double.NaN : b);
    Plain which = combine(other, (a, b) -> a).combine(condition, (a, c) -> c);
    double[] numbers = new double[which.values.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = which.values[i] != 0 ? chosen.values[i] : rest.values[i];
    }
    return which.with(numbers);
  }

  // ---- along axes ----

  private List<Map<Dim, Long>> indicesOf(List<Dim> some) {
    List<Map<Dim, Long>> all = new ArrayList<>();
    make(
        some,
        some.stream().map(this::size).toList(),
        index -> {
          all.add(index);
          return 0;
        });
    return all;
  }

  private static Map<Dim, Long> joined(Map<Dim, Long> one, Map<Dim, Long> two) {
    var both = new HashMap<>(one);
    both.putAll(two);
    return both;
  }

  private double[] along(Map<Dim, Long> index, List<Dim> over) {
    return indicesOf(over).stream().mapToDouble(each -> at(joined(index, each))).toArray();
  }

  Plain reduce(List<Dim> over, ToDoubleFunction<double[]> function) {
    require(!over.isEmpty() && new HashSet<>(over).size() == over.size());
    require(dims.containsAll(over));
    double count = over.stream().mapToDouble(this::size).reduce(1, (a, b) -> a * b);
    return without(Set.copyOf(over), i -> function.applyAsDouble(along(i, over)))
        .scaled(greatest() * count);
  }

  Plain max(Dim dim) {
    require(size(dim) > 0);
    return reduce(List.of(dim), numbers -> Arrays.stream(numbers).reduce(Math::max).orElseThrow());
  }

  Plain logSoftmax(Dim dim) {
    size(dim);
    return make(
            dims,
            sizes,
            i -> {
              double[] row = along(i, List.of(dim));
              double top = Arrays.stream(row).max().orElseThrow();
              double sum = Arrays.stream(row).map(x -> Math.exp(x - top)).sum();
              return at(i) - top - Math.log(sum);
            })
        .scaled(greatest());
  }

  static double sum(double[] numbers) {
    return Arrays.stream(numbers).sum();
  }

  /** The k largest along an axis, largest first: their numbers, since equal ones have any order. */
  Plain topNumbers(Dim dim, long k) {
    require(k >= 0 && k <= size(dim));
    return resized(
        dim,
        k,
        i -> {
          double[] row = along(i, List.of(dim));
          Arrays.sort(row);
          return row[row.length - 1 - i.get(dim).intValue()];
        });
  }

  Plain dot(Plain other, List<Dim> over) {
    require(!over.isEmpty() && new HashSet<>(over).size() == over.size());
    require(dims.containsAll(over) && other.dims.containsAll(over));
    require(dims.stream().allMatch(d -> !other.dims.contains(d) || size(d) == other.size(d)));
    var names = new ArrayList<Dim>();
    dims.stream().filter(d -> other.dims.contains(d) && !over.contains(d)).forEach(names::add);
    dims.stream().filter(d -> !other.dims.contains(d)).forEach(names::add);
    other.dims.stream().filter(d -> !dims.contains(d)).forEach(names::add);
    var lengths = names.stream().map(d -> (dims.contains(d) ? this : other).size(d)).toList();
    var summed = indicesOf(over);
    return make(
            names,
            lengths,
            i ->
                summed.stream()
                    .map(each -> joined(i, each))
                    .mapToDouble(each -> at(each) * other.at(each))
                    .sum())
        .scaled(greatest() * other.greatest() * summed.size());
  }

  // ---- several ----

  static Plain stack(Dim dim, List<Plain> parts) {
    require(!parts.isEmpty());
    Plain first = parts.get(0);
    require(!first.dims.contains(dim));
    parts.forEach(part -> require(part.order(first.dims).sizes.equals(first.sizes)));
    var names = new ArrayList<>(List.of(dim));
    var lengths = new ArrayList<>(List.of((long) parts.size()));
    names.addAll(first.dims);
    lengths.addAll(first.sizes);
    return make(names, lengths, i -> parts.get(i.get(dim).intValue()).at(i));
  }

  static Plain concatenate(Dim dim, List<Plain> parts) {
    require(!parts.isEmpty());
    Plain first = parts.get(0);
    first.size(dim);
    for (Plain part : parts) {
      part.order(first.dims);
      first.dims.forEach(d -> require(d.equals(dim) || part.size(d) == first.size(d)));
    }
    long length = parts.stream().mapToLong(part -> part.size(dim)).sum();
    return first.resized(
        dim,
        length,
        i -> {
          long place = i.get(dim);
          for (Plain part : parts) {
            if (place < part.size(dim)) {
              return part.at(i, dim, place);
            }
            place -= part.size(dim);
          }
          throw new AssertionError();
        });
  }
}
