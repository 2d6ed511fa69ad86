package dev.fresnel.tensor.internal;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.global.torch;

/**
 * Computes {@code x * factor + a + b + …} without intermediate tensors, inside its caller's use.
 */
final class ScaledSum {
  private ScaledSum() {}

  static Tensor of(Tensor x, Tensor factor, List<Tensor> added, List<Dim> innermost) {
    var by = within(x, factor);
    if (innermost.isEmpty() && added.isEmpty()) {
      return Tensor.wrap(x.unwrap().mul(by), x.dims());
    }
    var first = added.isEmpty() ? x.unwrap().new_zeros(1) : within(x, added.get(0));
    var result = innermost.isEmpty() ? first.addcmul(x.unwrap(), by) : empty(x, innermost);
    if (!innermost.isEmpty()) {
      torch.addcmul_out(result, first, x.unwrap(), by);
    }
    added.stream().skip(1).forEach(more -> result.add_(within(x, more)));
    return Tensor.wrap(result, x.dims());
  }

  /** An uninitialized tensor of this shape, with these axes innermost in memory. */
  private static org.bytedeco.pytorch.Tensor empty(Tensor like, List<Dim> innermost) {
    var dims = new ArrayList<>(like.dims());
    dims.removeAll(innermost);
    dims.addAll(innermost);
    long[] sizes = dims.stream().mapToLong(like::size).toArray();
    return Tensor.wrap(like.unwrap().new_empty(sizes), dims).order(like.dims()).unwrap();
  }

  private static org.bytedeco.pytorch.Tensor within(Tensor whole, Tensor part) {
    whole.shape().requireAgrees(part.shape());
    if (!whole.dims().containsAll(part.dims())) {
      throw new FresnelException(part.shape() + " has an axis that " + whole.shape() + " lacks");
    }
    return aligned(part, whole.dims());
  }

  /** The raw tensor with these axes in this order; an axis that the tensor lacks gets size 1. */
  static org.bytedeco.pytorch.Tensor aligned(Tensor tensor, List<Dim> dims) {
    var own = new ArrayList<>(dims);
    own.retainAll(tensor.dims());
    var raw = tensor.order(own).unwrap();
    for (int i = 0; i < dims.size(); i++) {
      if (!tensor.has(dims.get(i))) {
        raw = raw.unsqueeze(i);
      }
    }
    return raw;
  }
}
