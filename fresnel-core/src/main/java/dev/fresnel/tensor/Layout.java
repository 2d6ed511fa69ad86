package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Renames, reorders, splits, merges and joins axes; the numbers stay the same. */
final class Layout {
  private Layout() {}

  static Tensor renamed(Tensor tensor, Dim from, Dim to) {
    var dims = new ArrayList<>(tensor.dims());
    dims.set(tensor.shape().index(from), to);
    return named(tensor, dims);
  }

  static Tensor named(Tensor tensor, List<Dim> dims) {
    if (dims.size() != tensor.shape().rank()) {
      throw new FresnelException("expected a tensor of " + dims + ", got " + tensor.shape());
    }
    return tensor.as(new Shape(dims, tensor.shape().sizes()));
  }

  static Tensor ordered(Tensor tensor, List<Dim> dims) {
    var shape = tensor.shape();
    if (dims.equals(shape.dims())) {
      return tensor;
    }
    long[] places = new long[dims.size()];
    var named = new boolean[shape.rank()];
    for (int i = 0; i < places.length; i++) {
      int place = shape.dims().indexOf(dims.get(i));
      if (place < 0 || named[place]) {
        throw new FresnelException(
            "cannot order %s as %s; name each of its dimensions once".formatted(shape, dims));
      }
      named[place] = true;
      places[i] = place;
    }
    if (places.length != shape.rank()) {
      throw new FresnelException(
          "cannot order %s as %s; name each of its dimensions once".formatted(shape, dims));
    }
    try (var use = Use.open()) {
      return new Tensor(tensor.raw().permute(places), dims);
    }
  }

  static Tensor split(Tensor tensor, Dim dim, Shape parts) {
    var shape = tensor.shape();
    if (parts.count() != shape.size(dim)) {
      throw new FresnelException(
          "cannot split "
              + dim
              + " of "
              + shape.size(dim)
              + " into "
              + parts
              + " = "
              + parts.count());
    }
    var dims = new ArrayList<Dim>();
    var sizes = new ArrayList<Long>();
    for (int i = 0; i < shape.rank(); i++) {
      boolean here = shape.dims().get(i).equals(dim);
      dims.addAll(here ? parts.dims() : List.of(shape.dims().get(i)));
      sizes.addAll(here ? parts.sizes() : List.of(shape.sizes().get(i)));
    }
    return reshaped(tensor, new Shape(dims, sizes));
  }

  static Tensor merged(Tensor tensor, Dim first, Dim second, Dim into) {
    tensor.shape().requireOnce(List.of(first, second));
    var dims = new ArrayList<>(tensor.dims());
    dims.remove(second);
    int place = dims.indexOf(first);
    dims.add(place + 1, second);
    Tensor ordered = ordered(tensor, dims);
    var sizes = new ArrayList<>(ordered.shape().sizes());
    sizes.set(place, sizes.get(place) * sizes.remove(place + 1));
    dims.set(place, into);
    dims.remove(place + 1);
    return reshaped(ordered, new Shape(dims, sizes));
  }

  static Tensor dropped(Tensor tensor, Dim dim) {
    if (tensor.size(dim) != 1) {
      throw new FresnelException(
          "cannot drop " + dim + " of " + tensor.shape() + ": its size is not 1");
    }
    return tensor.select(dim, 0);
  }

  static Tensor reshaped(Tensor tensor, Shape to) {
    try (var use = Use.open()) {
      return new Tensor(tensor.raw().reshape(to.toArray()), to.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, "the shape " + to, tensor);
    }
  }

  static Tensor joined(List<Tensor> parts, Dim dim, boolean newAxis) {
    if (parts.isEmpty()) {
      throw new FresnelException("nothing to join along " + dim + ": the list of tensors is empty");
    }
    Tensor first = parts.get(0);
    if (newAxis && first.has(dim)) {
      throw new FresnelException(
          "cannot stack along %s, which %s has already; use concatenate"
              .formatted(dim, first.shape()));
    }
    if (!newAxis) {
      first.shape().index(dim);
    }
    try (var use = Use.open();
        var vector = new TensorVector()) {
      for (Tensor part : parts) {
        requireJoinable(first.shape(), part.shape(), dim);
        vector.push_back(part.order(first.dims()).raw());
      }
      if (!newAxis) {
        return new Tensor(torch.cat(vector, first.shape().index(dim)), first.dims());
      }
      var dims = new ArrayList<Dim>();
      dims.add(dim);
      dims.addAll(first.dims());
      return new Tensor(torch.stack(vector, 0), dims);
    } catch (RuntimeException e) {
      throw Refused.by(e, newAxis ? "stack" : "concatenate", parts.toArray(Tensor[]::new));
    }
  }

  /** Checks that two shapes agree in all axes except the one that they are joined along. */
  private static void requireJoinable(Shape first, Shape part, Dim along) {
    for (Dim dim : first.dims()) {
      if (!part.has(dim) || !dim.equals(along) && part.size(dim) != first.size(dim)) {
        throw new FresnelException(
            "cannot join " + first + " and " + part + " along " + along + ": " + dim + " differs");
      }
    }
    if (part.rank() != first.rank()) {
      throw new FresnelException(
          "cannot join %s and %s along %s: their dimensions differ".formatted(first, part, along));
    }
  }
}
