package dev.fresnel.tensor.internal;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.ActivationFunction;
import dev.fresnel.tensor.internal.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a transformer's layers compute, with named tensors in and out; the only caller of {@link
 * Kernels}. Which kernel computes it is decided behind this door, by what is watched, by sizes and
 * types, and by {@code FRESNEL_KERNELS}.
 */
public final class Fused {
  private static final Kernels KERNELS = Kernels.chosen();

  /**
   * A linear layer.
   *
   * @param weight the axes that are summed over, and those of the result
   * @param bias the axes of the result; null for none
   */
  public record Layer(Tensor weight, @Nullable Tensor bias) {}

  /**
   * What a norm divides by, and its output.
   *
   * @param divisor in the shape of the input, with an axis of size 1 in place of the features
   */
  public record Normalized(Tensor divisor, Tensor output) {}

  /**
   * A linear layer's summed cross-entropy, in nats, and its derivatives.
   *
   * @param toInput the derivative with respect to the layer's input, in its shape
   * @param toWeight the derivative with respect to the weight
   * @param toBias the derivative with respect to the bias; null where there is none
   */
  public record LinearLoss(double loss, Tensor toInput, Tensor toWeight, @Nullable Tensor toBias) {}

  private Fused() {}

  /** {@code x weight + bias}, summed over the named axes. */
  public static Tensor linear(Tensor x, Layer layer, Dim... over) {
    return linear(x, List.of(layer), over).get(0);
  }

  /** The same for several layers that read one tensor, all at once. */
  public static List<Tensor> linear(Tensor x, List<Layer> layers, Dim... over) {
    var matrices = Matrices.of(x, layers, List.of(over));
    return matrices.named(KERNELS.linear(matrices.x(), matrices.layers()));
  }

  /**
   * The same weight, laid out so that {@link #linear} over these axes needs no copy; itself where
   * it already is.
   */
  public static Tensor laidOut(Tensor weight, Dim... over) {
    var summed = List.of(over);
    var matrix = Matrices.matrix(weight, summed, Matrices.without(weight, summed));
    if (matrix.data_ptr().address() == weight.unwrap().data_ptr().address()) {
      return weight;
    }
    var innermost = Matrices.without(weight, summed);
    innermost.addAll(summed);
    return weight.order(innermost).contiguous().order(weight.dims());
  }

  /**
   * Neurons: {@code activation(x in)}, or in a gated MLP {@code activation(x in) * (x linear)}.
   *
   * @param over the axis that is summed over
   * @param pre watches what the activation function reads; null for nobody
   * @param preLinear watches what the gate multiplies; null for nobody
   */
  public static Tensor neurons(
      Tensor x,
      Layer in,
      Activation activation,
      @Nullable Layer linear,
      Dim over,
      @Nullable UnaryOperator<Tensor> pre,
      @Nullable UnaryOperator<Tensor> preLinear) {
    var layers = linear == null ? List.of(in) : List.of(in, linear);
    var matrices = Matrices.of(x, layers, List.of(over));
    var result =
        KERNELS.neurons(
            matrices.x(),
            matrices.layers().get(0),
            ActivationFunction.valueOf(activation.name()),
            linear == null ? null : matrices.layers().get(1),
            matrices.watcher(pre, 0),
            matrices.watcher(preLinear, 1));
    return matrices.named(result, 0);
  }

  /**
   * A norm along one axis.
   *
   * @param centred whether the mean is subtracted: a layer norm; an RMS norm does not
   * @param epsilon what is added to the mean square before the root
   * @param scale what normalized numbers are multiplied by, along the axis; null for ones
   * @param shift what is added then, along the axis; null for zeros
   * @param one the name of the axis of size 1 that the divisor has in place of {@code along}
   * @param divisor watches what the numbers are divided by; null for nobody
   * @param normalized watches the output of a layer norm; of an RMS norm, the numbers before they
   *     are multiplied by {@code scale}; null for nobody
   */
  public static Tensor norm(
      Tensor x,
      Dim along,
      boolean centred,
      double epsilon,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      Dim one,
      @Nullable UnaryOperator<Tensor> divisor,
      @Nullable UnaryOperator<Tensor> normalized) {
    var dims = Matrices.without(x, List.of(along));
    var divisorDims = new ArrayList<>(dims);
    divisorDims.add(one);
    dims.add(along);
    var result =
        KERNELS.norm(
            x.order(dims).unwrap(),
            new Kernels.NormForm(centred, epsilon),
            scale == null ? null : scale.unwrap(),
            shift == null ? null : shift.unwrap(),
            raw(divisor, divisorDims),
            raw(normalized, dims));
    return Tensor.wrap(result, dims).order(x.dims());
  }

  /** Pairs of numbers along an axis turned by angles, in the shape of {@code x}. */
  public static Tensor rotate(Tensor x, Rotation rotation) {
    var dims = Matrices.without(x, List.of(rotation.along()));
    dims.add(rotation.along());
    var result = KERNELS.rotate(x.order(dims).unwrap(), rotation.raw(dims));
    return Tensor.wrap(result, dims).order(x.dims());
  }

  /**
   * The cross-entropy of {@code x weight + bias}, summed over all cells and multiplied by a factor,
   * with its derivatives.
   *
   * @param targets which choice came true, int64, with the cells' axes
   */
  public static LinearLoss crossEntropy(
      Tensor x, Tensor weight, @Nullable Tensor bias, Dim over, Tensor targets, double factor) {
    x.shape().requireAgrees(targets.shape());
    x.shape().requireAgrees(weight.shape());
    var choice = Matrices.without(weight, List.of(over));
    var cells = targets.dims();
    var inputDims = new ArrayList<>(cells);
    inputDims.add(over);
    var weightDims = new ArrayList<>(List.of(over));
    weightDims.addAll(choice);
    var layer =
        new Kernels.Layer(
            Matrices.matrix(weight, List.of(over), choice), bias == null ? null : bias.unwrap());
    var slopes =
        KERNELS.crossEntropy(
            Matrices.matrix(x, cells, List.of(over)), layer, targets.unwrap().reshape(-1), factor);
    var ordered = x.order(inputDims);
    var toBias = slopes.toBias();
    return new LinearLoss(
        slopes.loss(),
        Tensor.wrap(slopes.toInput().reshape(ordered.shape().toArray()), inputDims).order(x.dims()),
        Tensor.wrap(slopes.toWeight(), weightDims).order(weight.dims()),
        bias == null || toBias == null ? null : Tensor.wrap(toBias, bias.dims()));
  }

  /**
   * {@code x * factor} plus all that is added, in as few passes over memory as possible. The others
   * have no axis that {@code x} lacks.
   *
   * @param innermost axes that are contiguous in the result's memory, under the same order of
   *     names; with none, memory is laid out as it is now
   */
  public static Tensor timesPlus(Tensor x, Tensor factor, List<Tensor> added, List<Dim> innermost) {
    return ScaledSum.of(x, factor, added, innermost);
  }

  /** A watcher of named tensors as one of raw tensors. */
  static @Nullable UnaryOperator<org.bytedeco.pytorch.Tensor> raw(
      @Nullable UnaryOperator<Tensor> watcher, List<Dim> dims) {
    return watcher == null
        ? null
        : value -> watcher.apply(Tensor.wrap(value, dims)).order(dims).unwrap();
  }

  /** An input and weights as matrices, and the shapes of the results. */
  private record Matrices(
      org.bytedeco.pytorch.Tensor x, List<Kernels.Layer> layers, List<Shape> results) {

    static Matrices of(Tensor x, List<Layer> layers, List<Dim> over) {
      var rows = without(x, over);
      var raw = new ArrayList<Kernels.Layer>();
      var results = new ArrayList<Shape>();
      for (Layer layer : layers) {
        var weight = layer.weight();
        requireShared(x, weight, over);
        x.shape().requireAgrees(weight.shape());
        if (rows.stream().anyMatch(weight::has)) {
          throw new FresnelException(
              "a linear layer cannot match axes by name: "
                  + x.shape()
                  + " and "
                  + weight.shape()
                  + "; use dot");
        }
        var kept = without(weight, over);
        var bias = layer.bias();
        raw.add(
            new Kernels.Layer(
                matrix(weight, over, kept),
                bias == null ? null : bias.order(kept).unwrap().reshape(-1)));
        results.add(x.shape().only(rows).and(weight.shape().only(kept)));
      }
      return new Matrices(matrix(x, rows, over), raw, results);
    }

    List<Tensor> named(List<org.bytedeco.pytorch.Tensor> found) {
      return IntStream.range(0, found.size()).mapToObj(i -> named(found.get(i), i)).toList();
    }

    Tensor named(org.bytedeco.pytorch.Tensor found, int index) {
      var shape = results.get(index);
      return Tensor.wrap(found.reshape(shape.toArray()), shape.dims());
    }

    @Nullable UnaryOperator<org.bytedeco.pytorch.Tensor> watcher(
        @Nullable UnaryOperator<Tensor> watcher, int index) {
      return watcher == null
          ? null
          : value ->
              watcher
                  .apply(named(value, index))
                  .order(results.get(index).dims())
                  .unwrap()
                  .reshape(value.shape());
    }

    static List<Dim> without(Tensor tensor, List<Dim> over) {
      var dims = new ArrayList<>(tensor.dims());
      dims.removeAll(over);
      return dims;
    }

    static org.bytedeco.pytorch.Tensor matrix(Tensor tensor, List<Dim> rows, List<Dim> columns) {
      var dims = new ArrayList<>(rows);
      dims.addAll(columns);
      return tensor.order(dims).unwrap().reshape(count(tensor, rows), count(tensor, columns));
    }

    private static long count(Tensor tensor, List<Dim> dims) {
      return dims.stream().mapToLong(tensor::size).reduce(1, Math::multiplyExact);
    }

    private static void requireShared(Tensor x, Tensor weight, List<Dim> over) {
      for (Dim dim : over) {
        if (!x.has(dim) || !weight.has(dim)) {
          throw new FresnelException(
              "cannot sum over "
                  + dim
                  + ": both sides need it, got "
                  + x.shape()
                  + " and "
                  + weight.shape());
        }
      }
    }
  }
}
