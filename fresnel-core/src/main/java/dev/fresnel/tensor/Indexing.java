package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;

/** Parts of a tensor by index, and copies with one part replaced. Checks every index. */
final class Indexing {
  private Indexing() {}

  static Tensor select(Tensor tensor, Dim dim, long index) {
    long size = tensor.size(dim);
    if (index < -size || index >= size) {
      throw new FresnelException(
          "index "
              + index
              + " of "
              + dim
              + " is outside 0.."
              + (size - 1)
              + " in "
              + tensor.shape());
    }
    var dims = new ArrayList<>(tensor.dims());
    dims.remove(dim);
    try (var use = Use.open()) {
      return new Tensor(tensor.raw().select(tensor.shape().index(dim), index), dims);
    }
  }

  static Tensor slice(Tensor tensor, Dim dim, long from, long to) {
    if (from < 0 || to < from || to > tensor.size(dim)) {
      throw new FresnelException(
          "slice " + from + ".." + to + " of " + dim + " is outside 0.." + tensor.size(dim));
    }
    int axis = tensor.shape().index(dim);
    return Pointwise.of(tensor, "slice", raw -> raw.narrow(axis, from, to - from));
  }

  static Tensor gather(Tensor tensor, Dim dim, long[] indices) {
    for (long index : indices) {
      if (index < 0 || index >= tensor.size(dim)) {
        throw new FresnelException(
            "index " + index + " of " + dim + " is outside 0.." + (tensor.size(dim) - 1));
      }
    }
    Tensor chosen = Tensor.ofLongs(Shape.of(dim, indices.length), indices);
    int axis = tensor.shape().index(dim);
    return Pointwise.of(tensor, "gather", raw -> gathered(raw, axis, chosen.raw()));
  }

  /**
   * Reads only what is chosen. libtorch copies a whole tensor first if its axes are not in the
   * order of memory, as those of a transposed weight; so it gets them in that order.
   */
  private static org.bytedeco.pytorch.Tensor gathered(
      org.bytedeco.pytorch.Tensor raw, int axis, org.bytedeco.pytorch.Tensor chosen) {
    if (raw.is_contiguous()) {
      return raw.index_select(axis, chosen);
    }
    int[] order =
        IntStream.range(0, (int) raw.dim())
            .boxed()
            .sorted(Comparator.comparingLong((Integer i) -> -raw.stride(i)))
            .mapToInt(Integer::intValue)
            .toArray();
    long[] there = new long[order.length];
    long[] back = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      there[i] = order[i];
      back[order[i]] = i;
    }
    return raw.permute(there).index_select(back[axis], chosen).permute(back);
  }

  static Tensor repeatEach(Tensor tensor, Dim dim, long times) {
    int axis = tensor.shape().index(dim);
    if (times == 1) {
      return tensor;
    }
    long[] sizes = tensor.shape().toArray();
    if (times < 0 || sizes[axis] > 0 && times > Long.MAX_VALUE / sizes[axis]) {
      throw new FresnelException(
          "cannot repeat each index of %s %d times in %s; give a number from 0 on"
              .formatted(dim, times, tensor.shape()));
    }
    long[] expanded =
        LongStream.concat(
                Arrays.stream(sizes, 0, axis + 1),
                LongStream.concat(
                    LongStream.of(times), Arrays.stream(sizes, axis + 1, sizes.length)))
            .toArray();
    sizes[axis] *= times;
    try (var use = Use.open()) {
      var raw = tensor.raw().unsqueeze(axis + 1).expand(expanded).reshape(sizes);
      return new Tensor(raw, tensor.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, "repeatEach", tensor);
    }
  }

  static Tensor with(Tensor tensor, Dim dim, long index, double value) {
    select(tensor, dim, index);
    if (value != Math.rint(value) && !tensor.dtype().isFloatingPoint()) {
      throw new FresnelException(
          "%s cannot be set in integers: this is %s; convert it with to(DType.FLOAT32)"
              .formatted(value, tensor));
    }
    try (var use = Use.open();
        var scalar = new Scalar(value)) {
      var copy = tensor.raw().clone();
      copy.select(tensor.shape().index(dim), index).fill_(scalar);
      return new Tensor(copy, tensor.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, "with " + value, tensor);
    }
  }

  static Tensor with(Tensor tensor, Dim dim, long index, Tensor part) {
    Shape place = select(tensor, dim, index).shape();
    if (!tensor.dtype().isFloatingPoint() && part.dtype() != tensor.dtype()) {
      throw new FresnelException(
          "a part of %s must have its type, this is %s; convert one of them with to(DType.…)"
              .formatted(tensor, part));
    }
    try (var use = Use.open()) {
      var copy = tensor.raw().clone();
      copy.select(tensor.shape().index(dim), index).copy_(Broadcasting.toShape(part, place).raw());
      return new Tensor(copy, tensor.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, "with", tensor, part);
    }
  }
}
