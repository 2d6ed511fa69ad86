package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Operations whose result at each index of some axis needs no other index of it: sums number by
 * number, or a softmax along another axis. Large ones are cut along that axis and the parts are
 * computed in parallel; where gradients are recorded libtorch computes them whole.
 */
public final class Elementwise {
  /** The least work per part: 65,536 additions, a few tens of microseconds. */
  private static final long LEAST = 1 << 16;

  private Elementwise() {}

  /** Writes into a tensor of the result's shape. */
  public interface Into {
    void write(Tensor result, Tensor left, Tensor right);
  }

  /**
   * One operand.
   *
   * @param cost how many times as long as an addition one number takes
   * @param along an axis along which the operation does need other indices, or -1
   * @param whole the operation
   * @param into the same, writing into a tensor that is there
   */
  public static Tensor unary(
      Tensor x,
      long cost,
      int along,
      UnaryOperator<Tensor> whole,
      BiConsumer<Tensor, Tensor> into) {
    long[] sizes = x.shape();
    int axis = axis(sizes, along);
    int count = count(sizes, axis, cost);
    if (count == 1 || !x.is_floating_point() || Recording.isOn(x)) {
      return whole.apply(x);
    }
    var result = torch.empty_like(x);
    inParts(
        count,
        sizes[axis],
        (from, length) ->
            into.accept(result.narrow(axis, from, length), x.narrow(axis, from, length)));
    return result;
  }

  /**
   * Two operands, number by number.
   *
   * @param sizes the result's
   * @param left of these sizes, or broadcast to them
   * @param right the same
   */
  public static Tensor binary(
      long[] sizes, Tensor left, Tensor right, BinaryOperator<Tensor> whole, Into into) {
    return combined(
        sizes,
        List.of(left, right),
        () -> whole.apply(left, right),
        (result, parts) -> into.write(result, parts.get(0), parts.get(1)));
  }

  /** The same with any number of operands. */
  static Tensor combined(
      long[] sizes,
      List<Tensor> operands,
      Supplier<Tensor> whole,
      BiConsumer<Tensor, List<Tensor>> into) {
    int axis = axis(sizes, -1);
    int count = count(sizes, axis, 1);
    var first = operands.get(0);
    var type = first.scalar_type().intern();
    if (count == 1
        || !first.is_floating_point()
        || Recording.isOn(operands.toArray(Tensor[]::new))
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

  public static Tensor square(Tensor x) {
    return unary(x, 1, -1, torch::square, torch::square_out);
  }

  public static Tensor softmax(Tensor x, int axis) {
    return unary(
        x, 4, axis, all -> all.softmax(axis), (to, part) -> torch.softmax_out(to, part, axis));
  }

  /** A matrix product for each index of the first axis, cut along that axis. */
  public static Tensor bmm(Tensor left, Tensor right) {
    long pairs = left.size(0);
    double multiplications = (double) left.numel() * right.size(2);
    int count = count(multiplications / LEAST_MULTIPLICATIONS, pairs);
    if (count == 1 || Recording.isOn(left, right)) {
      return left.bmm(right);
    }
    var result = left.new_empty(pairs, left.size(1), right.size(2));
    inParts(
        count,
        pairs,
        (from, length) ->
            torch.bmm_out(
                result.narrow(0, from, length),
                left.narrow(0, from, length),
                right.narrow(0, from, length)));
    return result;
  }

  /** The least multiplications per part of {@link #bmm}: a few tens of microseconds. */
  private static final double LEAST_MULTIPLICATIONS = 1e6;

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

  /**
   * Into how many parts to cut an axis.
   *
   * @param worth how many parts the work is large enough for
   * @param length the axis's length
   */
  static int count(double worth, long length) {
    return (int) Math.max(1, Math.min(Workers.size(), Math.min(length, worth)));
  }

  /** What to compute for some indices of an axis. */
  interface Some {
    void compute(long from, long length);
  }

  /** Cuts an axis into parts and computes them in parallel, each in a scope of its own. */
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
    Workers.run(parts);
  }
}
