package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.MatrixVector;
import dev.fresnel.tensor.internal.kernel.MatrixVector.Form;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Many tensors of one shape, each times a vector: the weights of all layers times one direction of
 * the residual stream, for example. One call for all of them takes less time than one for each,
 * where reading a tensor takes some ten microseconds.
 */
public final class VectorProducts {
  private VectorProducts() {}

  /**
   * Multiplies each tensor with a vector, and sums over an axis, as {@link Tensor#dot} does.
   *
   * @param each the name of the result's first axis, one index for each tensor
   * @param tensors one or more, of the same axes in the same order
   * @param vectors has the axis {@code over}; if it has the axis {@code each} too, one for each
   *     tensor. Other axes that the tensors have are matched; those that they lack become axes of
   *     the result
   * @return [each, ..]
   * @throws FresnelException if there are no tensors, their shapes differ, there is not one vector
   *     for each, or an axis to sum over is missing
   */
  public static Tensor of(Dim each, List<Tensor> tensors, Tensor vectors, Dim over) {
    requireOneShape(tensors);
    if (vectors.has(each) && vectors.size(each) != tensors.size()) {
      throw new FresnelException(
          "%d tensors cannot be multiplied with %d vectors, one for each: give as many vectors, or one without the axis %s"
              .formatted(tensors.size(), vectors.size(each), each));
    }
    var matched = new ArrayList<>(vectors.dims());
    matched.removeAll(List.of(each, over));
    Tensor first = tensors.get(0);
    var rows = new ArrayList<>(first.dims());
    rows.removeAll(matched);
    rows.remove(over);
    boolean simple =
        first.has(over)
            && vectors.has(over)
            && matched.size() < 2
            && matched.stream().allMatch(first::has);
    if (simple) {
      first.shape().requireAgrees(vectors.shape());
      try (var use = Use.open()) {
        Tensor found = inPlace(each, tensors, vectors, matched, rows, over);
        if (found != null) {
          return found;
        }
      }
    }
    var results =
        IntStream.range(0, tensors.size())
            .mapToObj(
                i ->
                    (vectors.has(each) ? vectors.select(each, i) : vectors)
                        .dot(tensors.get(i), over))
            .toList();
    return Tensor.stack(each, results);
  }

  private static void requireOneShape(List<Tensor> tensors) {
    if (tensors.isEmpty()) {
      throw new FresnelException("there are no tensors to multiply; give one or more");
    }
    Shape shape = tensors.get(0).shape();
    for (Tensor tensor : tensors) {
      if (!tensor.shape().equals(shape)) {
        throw new FresnelException(
            "tensors that are multiplied together need one shape: got %s and %s"
                .formatted(shape, tensor.shape()));
      }
    }
  }

  /** The products, read where the numbers lie; null if they do not lie so that this is possible. */
  private static @Nullable Tensor inPlace(
      Dim each, List<Tensor> tensors, Tensor vectors, List<Dim> matched, List<Dim> rows, Dim over) {
    Tensor first = tensors.get(0);
    if (!inOnePiece(first, rows)) {
      return null;
    }
    var raw = tensors.stream().map(Tensor::raw).toList();
    boolean isMatched = !matched.isEmpty();
    var form =
        new Form(
            isMatched ? first.size(matched.get(0)) : 1,
            rows.stream().mapToLong(first::size).reduce(1, Math::multiplyExact),
            first.size(over),
            isMatched ? stride(first, matched.get(0)) : 0,
            rowStride(first, rows, over),
            stride(first, over),
            isMatched ? stride(vectors, matched.get(0)) : 0,
            stride(vectors, over));
    if (!MatrixVector.suitsEach(form, raw, vectors.raw())) {
      return null;
    }
    var result = Shape.of(each, tensors.size());
    for (Dim dim : matched) {
      result = result.and(dim, first.size(dim));
    }
    for (Dim dim : rows) {
      result = result.and(dim, first.size(dim));
    }
    Tensor written = TensorData.empty(result, first.dtype());
    long step = vectors.has(each) ? stride(vectors, each) : 0;
    MatrixVector.writeEach(form, raw, vectors.raw(), step, written.raw());
    return written;
  }

  /** Whether one stride leads through all of these axes, in their order. */
  private static boolean inOnePiece(Tensor tensor, List<Dim> axes) {
    long next = 0;
    for (int i = axes.size() - 1; i >= 0; i--) {
      Dim dim = axes.get(i);
      long size = tensor.size(dim);
      if (size == 1) {
        continue;
      }
      if (next != 0 && stride(tensor, dim) != next) {
        return false;
      }
      next = size * stride(tensor, dim);
    }
    return true;
  }

  /** The stride from one row to the next. */
  private static long rowStride(Tensor tensor, List<Dim> axes, Dim over) {
    for (int i = axes.size() - 1; i >= 0; i--) {
      if (tensor.size(axes.get(i)) > 1) {
        return stride(tensor, axes.get(i));
      }
    }
    return tensor.size(over); // there is one row
  }

  private static long stride(Tensor tensor, Dim dim) {
    return tensor.raw().stride(tensor.dims().indexOf(dim));
  }
}
