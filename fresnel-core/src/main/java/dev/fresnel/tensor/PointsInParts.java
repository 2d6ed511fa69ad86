package dev.fresnel.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * Operations whose result at each index of some axis needs nothing from other indices, such as sums
 * number by number, or a softmax along another axis. Large ones are computed in parts of that axis,
 * side by side; where gradients are wanted libtorch computes them whole.
 */
final class PointsInParts {
  /** What a part is worth handing over for: so many sums, some tens of microseconds. */
  private static final long LEAST = 1 << 16;

  private PointsInParts() {}

  /** Writes into a tensor of the result's shape. */
  interface Into {
    void write(
        org.bytedeco.pytorch.Tensor result,
        org.bytedeco.pytorch.Tensor left,
        org.bytedeco.pytorch.Tensor right);
  }

  /**
   * @param cost how many times as long as a sum one number takes
   * @param along an axis along which the operation does need other indices, or -1
   * @param whole the operation
   * @param into the same, writing into a tensor that is there
   */
  static org.bytedeco.pytorch.Tensor unary(
      Tensor x,
      long cost,
      int along,
      UnaryOperator<org.bytedeco.pytorch.Tensor> whole,
      BiConsumer<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> into) {
    var raw = x.raw();
    long[] sizes = x.shape().toArray();
    int axis = axis(sizes, along);
    int count = count(sizes, axis, cost);
    if (count == 1 || !raw.is_floating_point() || Gradients.areRecorded(raw)) {
      return whole.apply(raw);
    }
    var result = torch.empty_like(raw);
    inParts(
        count,
        sizes[axis],
        (from, length) ->
            into.accept(result.narrow(axis, from, length), raw.narrow(axis, from, length)));
    return result;
  }

  /**
   * Number by number.
   *
   * @param sizes the result's
   * @param left of these sizes, or broadcast to them
   * @param right the same
   */
  static org.bytedeco.pytorch.Tensor binary(
      long[] sizes,
      org.bytedeco.pytorch.Tensor left,
      org.bytedeco.pytorch.Tensor right,
      BinaryOperator<org.bytedeco.pytorch.Tensor> whole,
      Into into) {
    return combined(
        sizes,
        List.of(left, right),
        () -> whole.apply(left, right),
        (result, parts) -> into.write(result, parts.get(0), parts.get(1)));
  }

  /** The same with any number of operands. */
  static org.bytedeco.pytorch.Tensor combined(
      long[] sizes,
      List<org.bytedeco.pytorch.Tensor> operands,
      Supplier<org.bytedeco.pytorch.Tensor> whole,
      BiConsumer<org.bytedeco.pytorch.Tensor, List<org.bytedeco.pytorch.Tensor>> into) {
    int axis = axis(sizes, -1);
    int count = count(sizes, axis, 1);
    var first = operands.get(0);
    var type = first.scalar_type().intern();
    if (count == 1
        || !first.is_floating_point()
        || Gradients.areRecorded(operands.toArray(org.bytedeco.pytorch.Tensor[]::new))
        || operands.stream().anyMatch(each -> each.scalar_type().intern() != type)) {
      return whole.get();
    }
    var result =
        Arrays.equals(first.shape(), sizes) ? torch.empty_like(first) : first.new_empty(sizes);
    var expanded = operands.stream().map(each -> each.expand(sizes)).toList();
    inParts(
        count,
        sizes[axis],
        (from, length) ->
            into.accept(
                result.narrow(axis, from, length),
                expanded.stream().map(each -> each.narrow(axis, from, length)).toList()));
    return result;
  }

  /** The outermost axis that can be cut, or -1. */
  private static int axis(long[] sizes, int along) {
    for (int i = 0; i < sizes.length; i++) {
      if (i != along && sizes[i] > 1) {
        return i;
      }
    }
    return -1;
  }

  private static int count(long[] sizes, int axis, long cost) {
    if (axis < 0) {
      return 1;
    }
    long work = cost;
    for (long size : sizes) {
      work *= size;
    }
    return count(work / LEAST, sizes[axis]);
  }

  /** So many parts of an axis as are worth it. */
  static int count(double worth, long length) {
    return (int) Math.max(1, Math.min(Crew.size(), Math.min(length, worth)));
  }

  /** What to do for some indices of an axis. */
  interface Some {
    void compute(long from, long length);
  }

  /** Cuts an axis into parts and computes them side by side, each in a scope of its own. */
  static void inParts(int count, long length, Some some) {
    List<Runnable> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long from = length * i / count;
      long to = length * (i + 1) / count;
      parts.add(
          () -> {
            try (var scope = new PointerScope()) {
              some.compute(from, to - from);
            }
          });
    }
    Crew.run(parts);
  }
}
