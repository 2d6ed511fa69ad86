package dev.fresnel.tensor.internal;

import static java.util.Objects.requireNonNull;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.ActivationFunction;
import dev.fresnel.tensor.internal.kernel.Kernels;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a transformer's layers on named tensors. Only this package calls {@link
 * Kernels}. Watchers, sizes, types and {@code FRESNEL_KERNELS} decide which kernel computes an
 * operation; callers need not know.
 */
public final class Fused {
  private static final Kernels KERNELS = Kernels.chosen();

  private static final Dim SUMMED = new Dim("summed");
  private static final Dim COLUMN = new Dim("column");

  /**
   * A linear layer.
   *
   * @param weight has the axes to sum over and those of the result
   * @param bias has the axes of the result; null for no bias
   * @param views weight and bias as a product reads them; null if they are made for each product
   */
  public record Layer(Tensor weight, @Nullable Tensor bias, @Nullable Views views) {
    /** A layer for one product, or a few. */
    public Layer(Tensor weight, @Nullable Tensor bias) {
      this(weight, bias, null);
    }

    /** The layer of a model: the views for products over these axes are made once, and kept. */
    public static Layer kept(Tensor weight, @Nullable Tensor bias, Owner owner, Dim... over) {
      var summed = List.of(over);
      var kept = Matrices.without(weight, summed);
      try (var scope = Scope.open();
          var use = Use.open()) {
        var matrix = Matrices.matrix(weight, summed, kept).alias();
        var vector = bias == null ? null : Matrices.vector(bias, kept).alias();
        return new Layer(
            weight,
            bias,
            new Views(
                summed,
                owner.keep(Tensor.wrap(matrix, List.of(SUMMED, COLUMN)), "weights"),
                vector == null
                    ? null
                    : owner.keep(Tensor.wrap(vector, List.of(COLUMN)), "biases")));
      }
    }

    /**
     * Whether the kept views serve: for these axes, and if no gradients of the weights are
     * recorded.
     */
    private boolean hasViews(List<Dim> over) {
      return views != null && views.over.equals(over) && !weight.unwrap().requires_grad();
    }
  }

  /**
   * Views of a layer's weight and bias.
   *
   * @param over the axes that the product sums over
   * @param matrix the weight [summed, column]
   * @param vector the bias [column]
   */
  public record Views(List<Dim> over, Tensor matrix, @Nullable Tensor vector) {}

  /**
   * The output of a norm and its divisor.
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

  /** Several linear layers that read one tensor, computed together. */
  public static List<Tensor> linear(Tensor x, List<Layer> layers, Dim... over) {
    try (var use = Use.open()) {
      var matrices = Matrices.of(x, layers, List.of(over));
      return x.shape().count() == 0
          ? matrices.empty(x)
          : matrices.named(KERNELS.linear(matrices.x(), matrices.layers(), matrices.shapes()));
    }
  }

  /**
   * The weight, laid out so that {@link #linear} over these axes needs no copy; the same tensor if
   * it already is.
   */
  public static Tensor laidOut(Tensor weight, Dim... over) {
    var summed = List.of(over);
    try (var use = Use.open()) {
      var matrix = Matrices.matrix(weight, summed, Matrices.without(weight, summed));
      if (matrix.data_ptr().address() == weight.unwrap().data_ptr().address()) {
        return weight;
      }
    }
    var innermost = Matrices.without(weight, summed);
    innermost.addAll(summed);
    return weight.order(innermost).contiguous().order(weight.dims());
  }

  /**
   * The neurons of an MLP: {@code activation(x in)}, or in a gated MLP {@code activation(x in) * (x
   * linear)}.
   *
   * @param over the axis to sum over
   * @param pre watches the input of the activation function; null for no watcher
   * @param preLinear watches what the gate multiplies; null for no watcher
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
    try (var use = Use.open()) {
      var matrices = Matrices.of(x, layers, List.of(over));
      var result =
          KERNELS.neurons(
              matrices.x(),
              matrices.layers().get(0),
              ActivationFunction.valueOf(activation.name()),
              linear == null ? null : matrices.layers().get(1),
              matrices.watcher(pre, 0),
              matrices.watcher(preLinear, 1),
              matrices.shapes().get(0));
      return matrices.named(result, 0);
    }
  }

  /**
   * A norm along one axis.
   *
   * @param centred true for a layer norm, which subtracts the mean; false for an RMS norm
   * @param epsilon added to the mean square before the root
   * @param scale multiplies the normalized numbers, along the axis; null for ones
   * @param shift added after scaling, along the axis; null for zeros
   * @param one the name of the divisor's axis of size 1, which replaces {@code along}
   * @param divisor watches the divisor; null for no watcher
   * @param normalized watches the output of a layer norm, or the numbers of an RMS norm before they
   *     are scaled; null for no watcher
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
    try (var use = Use.open()) {
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
  }

  /** Rotates pairs of numbers along an axis; the result has the shape of {@code x}. */
  public static Tensor rotate(Tensor x, Rotation rotation) {
    var dims = Matrices.without(x, List.of(rotation.along()));
    dims.add(rotation.along());
    try (var use = Use.open()) {
      var result = KERNELS.rotate(x.order(dims).unwrap(), rotation.raw(dims));
      return Tensor.wrap(result, dims).order(x.dims());
    }
  }

  /**
   * The cross-entropy of {@code x weight + bias}, summed over all targets and multiplied by a
   * factor, with its gradients.
   *
   * @param targets the index of the right choice, int64, with the other axes of {@code x}
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
    try (var use = Use.open()) {
      var layer =
          new Kernels.Layer(
              Matrices.matrix(weight, List.of(over), choice), bias == null ? null : bias.unwrap());
      var gradients =
          KERNELS.crossEntropy(
              Matrices.matrix(x, cells, List.of(over)),
              layer,
              targets.unwrap().reshape(-1),
              factor);
      var ordered = x.order(inputDims);
      var toBias = gradients.toBias();
      return new LinearLoss(
          gradients.loss(),
          Tensor.wrap(gradients.toInput().reshape(ordered.shape().toArray()), inputDims)
              .order(x.dims()),
          Tensor.wrap(gradients.toWeight(), weightDims).order(weight.dims()),
          bias == null || toBias == null ? null : Tensor.wrap(toBias, bias.dims()));
    }
  }

  /**
   * {@code x * factor} plus the sum of {@code added}, in as few passes over memory as possible. No
   * operand may have an axis that {@code x} lacks.
   *
   * @param innermost axes that are innermost in the result's memory; its names keep the order of
   *     {@code x}. If empty, libtorch chooses the layout
   */
  public static Tensor timesPlus(Tensor x, Tensor factor, List<Tensor> added, List<Dim> innermost) {
    try (var use = Use.open()) {
      return ScaledSum.of(x, factor, added, innermost);
    }
  }

  /** Turns a watcher of named tensors into a watcher of raw tensors. */
  static @Nullable UnaryOperator<org.bytedeco.pytorch.Tensor> raw(
      @Nullable UnaryOperator<Tensor> watcher, List<Dim> dims) {
    return watcher == null
        ? null
        : value -> watcher.apply(Tensor.wrap(value, dims)).order(dims).unwrap();
  }

  /**
   * An input and its layers' weights as kernels read them, and the shapes of the results.
   *
   * @param x as {@link Kernels#linear} reads it
   */
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
            layer.hasViews(over)
                ? viewed(requireNonNull(layer.views()))
                : new Kernels.Layer(
                    matrix(weight, over, kept), bias == null ? null : vector(bias, kept)));
        results.add(x.shape().only(rows).and(weight.shape().only(kept)));
      }
      return new Matrices(input(x, rows, over), raw, results);
    }

    /** A view would take as long as a small product: what is contiguous needs none. */
    private static org.bytedeco.pytorch.Tensor input(Tensor x, List<Dim> rows, List<Dim> over) {
      var dims = new ArrayList<>(rows);
      dims.addAll(over);
      var ordered = x.order(dims).unwrap();
      return ordered.is_contiguous() ? ordered : ordered.reshape(count(x, rows), count(x, over));
    }

    private static Kernels.Layer viewed(Views views) {
      return new Kernels.Layer(
          views.matrix.unwrap(), views.vector == null ? null : views.vector.unwrap());
    }

    /** The results where there are no rows: kernels expect some. */
    List<Tensor> empty(Tensor like) {
      return results.stream()
          .map(shape -> Tensor.wrap(like.unwrap().new_empty(shape.toArray()), shape.dims()))
          .toList();
    }

    List<Tensor> named(List<org.bytedeco.pytorch.Tensor> found) {
      return IntStream.range(0, found.size()).mapToObj(i -> named(found.get(i), i)).toList();
    }

    Tensor named(org.bytedeco.pytorch.Tensor found, int index) {
      return Tensor.wrap(found, results.get(index).dims());
    }

    List<long[]> shapes() {
      return results.stream().map(Shape::toArray).toList();
    }

    @Nullable UnaryOperator<org.bytedeco.pytorch.Tensor> watcher(
        @Nullable UnaryOperator<Tensor> watcher, int index) {
      return watcher == null
          ? null
          : value -> watcher.apply(named(value, index)).order(results.get(index).dims()).unwrap();
    }

    static List<Dim> without(Tensor tensor, List<Dim> over) {
      var dims = new ArrayList<>(tensor.dims());
      dims.removeAll(over);
      return dims;
    }

    static org.bytedeco.pytorch.Tensor matrix(Tensor tensor, List<Dim> rows, List<Dim> columns) {
      var dims = new ArrayList<>(rows);
      dims.addAll(columns);
      if (rows.size() == 1 && columns.size() == 1) {
        return tensor.order(dims).unwrap();
      }
      return tensor.order(dims).unwrap().reshape(count(tensor, rows), count(tensor, columns));
    }

    private static org.bytedeco.pytorch.Tensor vector(Tensor tensor, List<Dim> dims) {
      var raw = tensor.order(dims).unwrap();
      return dims.size() == 1 ? raw : raw.reshape(-1);
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
