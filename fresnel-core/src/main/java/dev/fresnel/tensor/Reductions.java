package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Elementwise;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.ScalarTypeOptional;

/** Operations along named axes: sums, means, softmax. Every axis and type is checked here. */
final class Reductions {
  private Reductions() {}

  static Tensor sum(Tensor x, Dim... over) {
    try (var use = Use.open();
        var sameType = new ScalarTypeOptional()) {
      return without(x, over, x.raw().sum(axes(x, over), false, sameType));
    } catch (RuntimeException e) {
      throw Refused.by(e, "sum", x);
    }
  }

  static Tensor mean(Tensor x, Dim... over) {
    requireFloatingPoint(x, "mean");
    try (var use = Use.open();
        var sameType = new ScalarTypeOptional()) {
      return without(x, over, x.raw().mean(axes(x, over), false, sameType));
    } catch (RuntimeException e) {
      throw Refused.by(e, "mean", x);
    }
  }

  static Tensor max(Tensor x, Dim dim) {
    if (x.size(dim) == 0) {
      throw new FresnelException(
          "an empty axis has no largest number: " + dim + " in " + x.shape());
    }
    try (var use = Use.open()) {
      return without(x, new Dim[] {dim}, x.raw().amax(axes(x, dim), false));
    } catch (RuntimeException e) {
      throw Refused.by(e, "max", x);
    }
  }

  static Tensor norm(Tensor x, Dim... over) {
    requireFloatingPoint(x, "norm");
    if (x.dtype().bytes()
        < Float.BYTES) { // squares of large numbers exceed what half precision holds
      return x.to(DType.FLOAT32).square().sum(over).sqrt().to(x.dtype());
    }
    return x.square().sum(over).sqrt();
  }

  static Tensor softmax(Tensor x, Dim dim) {
    requireFloatingPoint(x, "softmax");
    int axis = x.shape().index(dim);
    return Pointwise.of(x, "softmax", raw -> Elementwise.softmax(raw, axis));
  }

  static Tensor logSoftmax(Tensor x, Dim dim) {
    requireFloatingPoint(x, "logSoftmax");
    int axis = x.shape().index(dim);
    return Pointwise.of(x, "logSoftmax", raw -> raw.log_softmax(axis));
  }

  static Tensor topIndices(Tensor x, Dim dim, long k) {
    if (k < 0 || k > x.size(dim)) {
      throw new FresnelException(
          "cannot take the top "
              + k
              + " of "
              + dim
              + " in "
              + x.shape()
              + "; give a number from 0 to "
              + x.size(dim));
    }
    int axis = x.shape().index(dim);
    try (var use = Use.open();
        var found = x.raw().topk(k, axis, true, true)) {
      // what get1 gives is part of the pair, and is freed with it
      return new Tensor(new org.bytedeco.pytorch.Tensor(found.get1()), x.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, "topIndices", x);
    }
  }

  private static long[] axes(Tensor x, Dim... over) {
    if (over.length == 0) {
      throw new FresnelException("name the dimensions to reduce of " + x.shape());
    }
    x.shape().requireOnce(Arrays.asList(over));
    var axes = new long[over.length];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = x.shape().index(over[i]);
    }
    return axes;
  }

  private static void requireFloatingPoint(Tensor x, String operation) {
    if (!x.dtype().isFloatingPoint()) {
      throw new FresnelException(
          operation
              + " needs floating-point numbers, this is "
              + x
              + "; convert it with to(DType.FLOAT32)");
    }
  }

  private static Tensor without(Tensor x, Dim[] over, org.bytedeco.pytorch.Tensor result) {
    var dims = new ArrayList<>(x.dims());
    dims.removeAll(List.of(over));
    return new Tensor(result, dims);
  }
}
