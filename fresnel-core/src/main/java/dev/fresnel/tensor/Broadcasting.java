package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Elementwise;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/** Arithmetic on tensors whose axes are matched by name. */
final class Broadcasting {
  private Broadcasting() {}

  /**
   * @param operation its name, for errors
   */
  static Tensor combine(
      String operation,
      Tensor a,
      Tensor b,
      BinaryOperator<org.bytedeco.pytorch.Tensor> whole,
      Elementwise.Into into) {
    var shape = a.shape().joined(b.shape());
    var dims = shape.dims();
    try (var use = Use.open()) {
      return new Tensor(
          Elementwise.binary(shape.toArray(), spread(a, dims), spread(b, dims), whole, into), dims);
    } catch (RuntimeException e) {
      throw Refused.by(e, operation, a, b);
    }
  }

  static Tensor where(Tensor condition, Tensor yes, Tensor no) {
    var dims = yes.shape().joined(no.shape()).joined(condition.shape()).dims();
    try (var use = Use.open();
        var zero = new Scalar(0)) {
      var chosen = spread(condition, dims).ne(zero);
      return new Tensor(torch.where(chosen, spread(yes, dims), spread(no, dims)), dims);
    } catch (RuntimeException e) {
      throw Refused.by(e, "where", yes, condition, no);
    }
  }

  /** The part, repeated along the axes it lacks, with its axes in the order of the shape. */
  static Tensor toShape(Tensor part, Shape shape) {
    for (Dim dim : part.dims()) {
      if (!shape.has(dim) || shape.size(dim) != part.size(dim)) {
        throw new FresnelException(
            "a part of shape " + part.shape() + " cannot be broadcast to " + shape);
      }
    }
    try (var use = Use.open()) {
      return new Tensor(spread(part, shape.dims()).expand(shape.toArray()), shape.dims());
    }
  }

  /** The raw tensor with these axes in this order; an axis that the tensor lacks gets size 1. */
  private static org.bytedeco.pytorch.Tensor spread(Tensor tensor, List<Dim> dims) {
    int own = tensor.dims().size();
    var innermost = dims.subList(dims.size() - own, dims.size());
    if (tensor.dims().equals(innermost)) {
      return tensor.raw();
    }
    var order = new ArrayList<Dim>(dims);
    order.retainAll(tensor.dims());
    var raw = tensor.order(order).raw();
    if (order.equals(innermost)) {
      return raw;
    }
    for (int i = 0; i < dims.size(); i++) {
      if (!tensor.has(dims.get(i))) {
        raw = raw.unsqueeze(i);
      }
    }
    return raw;
  }
}
