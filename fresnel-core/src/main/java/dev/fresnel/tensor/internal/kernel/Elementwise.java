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
 * Operations that can be split along an axis because they do not combine its indices, such as sums
 * element by element, or a softmax along another axis. Large ones are split into parts that are
 * computed in parallel. If gradients are recorded, libtorch computes the whole operation.
 */
public final class Elementwise {
  /** The least work per part: 65,536 additions, a few tens of microseconds. */
  private static final long LEAST = 1 << 16;

  /** The least multiplications per part of {@link #products}: a few tens of microseconds. */
  private static final double LEAST_MULTIPLICATIONS = 1e6;

  private Elementwise() {}

  /** An operation on two operands that writes into a tensor of the result's shape. */
  public interface Into {
    void write(Tensor result, Tensor left, Tensor right);
  }

  /**
   * An operation on one operand.
   *
   * @param cost the time per number, in additions
   * @param along the axis that the operation combines, which must not be split; -1 for none
   * @param whole the operation
   * @param into the operation, writing into an existing tensor
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
   * An operation on two operands, element by element.
   *
   * @param sizes the result's sizes
   * @param left the left operand; it is broadcast to these sizes
   * @param right the right operand; it is broadcast to these sizes
   */
  public static Tensor binary(
      long[] sizes, Tensor left, Tensor right, BinaryOperator<Tensor> whole, Into into) {
    return combined(
        sizes,
        List.of(left, right),
        () -> whole.apply(left, right),
        (result, parts) -> into.write(result, parts.get(0), parts.get(1)));
  }

  /** An operation on any number of operands, element by element. */
  static Tensor combined(
      long[] sizes,
      List<Tensor> operands,
      Supplier<Tensor> whole,
      BiConsumer<Tensor, List<Tensor>> into) {
    int axis = axis(sizes, -1);
    int count = count(sizes, axis, 1);
    var first = operands.get(0);
    if (count == 1
        || !first.is_floating_point()
        || Recording.isOn(operands.toArray(Tensor[]::new))
        || !ofOneType(operands)) {
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

  private static boolean ofOneType(List<Tensor> operands) {
    return operands.stream().map(each -> each.scalar_type().intern()).distinct().count() == 1;
  }

  /** A sum that is not split: of one token's numbers in Java, else libtorch's. */
  public static Tensor sum(Tensor a, Tensor b) {
    boolean few =
        !KernelChoice.PLAIN && FewNumbers.are(a, b) && Arrays.equals(a.shape(), b.shape());
    return few ? FewNumbers.sum(a, b) : a.add(b);
  }

  public static Tensor square(Tensor x) {
    return unary(x, 1, -1, torch::square, torch::square_out);
  }

  public static Tensor softmax(Tensor x, int axis) {
    return unary(
        x, 4, axis, all -> all.softmax(axis), (to, part) -> torch.softmax_out(to, part, axis));
  }

  /**
   * A matrix product for each index of the first axis; the work is split along that axis. Large
   * ones are oneDNN's, unless plain kernels are asked for.
   */
  public static Tensor products(Tensor left, Tensor right) {
    if (right.size(2) == 1) {
      return MatrixVector.products(left, right.select(2, 0)).unsqueeze(2);
    }
    if (left.size(1) == 1) {
      return MatrixVector.products(right.transpose(1, 2), left.select(1, 0)).unsqueeze(1);
    }
    boolean byOneDnn =
        !KernelChoice.PLAIN && OneDnnMatmul.suitsEach(left, right) && !Recording.isOn(left, right);
    return byOneDnn
        ? products(left, right, parts(left, right), OneDnnMatmul::writeEach)
        : bmm(left, right);
  }

  /** {@link #products} by libtorch alone. */
  static Tensor bmm(Tensor left, Tensor right) {
    int count = parts(left, right);
    return count == 1 || Recording.isOn(left, right)
        ? left.bmm(right)
        : products(left, right, count, torch::bmm_out);
  }

  private static int parts(Tensor left, Tensor right) {
    double multiplications = (double) left.numel() * right.size(2);
    return count(multiplications / LEAST_MULTIPLICATIONS, left.size(0));
  }

  private static Tensor products(Tensor left, Tensor right, int count, Into into) {
    long pairs = left.size(0);
    var result = left.new_empty(pairs, left.size(1), right.size(2));
    inParts(
        count,
        pairs,
        (from, length) ->
            into.write(
                result.narrow(0, from, length),
                left.narrow(0, from, length),
                right.narrow(0, from, length)));
    return result;
  }

  /** The outermost axis that can be split, or -1. */
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
   * The number of parts to split an axis into: at least 1, at most one per worker.
   *
   * @param worth the number of parts that the work is large enough for
   * @param length the axis's size
   */
  static int count(double worth, long length) {
    return (int) Math.max(1, Math.min(Workers.size(), Math.min(length, worth)));
  }

  /** Work on a range of an axis's indices. */
  interface RangeWork {
    void compute(long from, long length);
  }

  /** Splits an axis into parts and computes them in parallel, each in its own scope. */
  static void inParts(int count, long length, RangeWork work) {
    List<Runnable> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long from = length * i / count;
      long to = length * (i + 1) / count;
      parts.add(
          () -> {
            try (var scope = new PointerScope()) {
              work.compute(from, to - from);
            }
          });
    }
    Workers.run(parts);
  }
}
