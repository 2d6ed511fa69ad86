package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Computes everything step by step by libtorch's plain operations. The fast kernels are tested
 * against it.
 */
public class PlainKernels implements Kernels {
  @Override
  public List<Tensor> linear(Tensor x, List<Layer> layers, List<long[]> shapes) {
    var results = new ArrayList<Tensor>();
    for (int i = 0; i < layers.size(); i++) {
      results.add(product(x, layers.get(i)).reshape(shapes.get(i)));
    }
    return results;
  }

  static Tensor product(Tensor x, Layer layer) {
    var weight = layer.weight();
    var bias = layer.bias();
    return bias == null ? matrix(x, weight).matmul(weight) : bias.addmm(matrix(x, weight), weight);
  }

  /** A layer's input [rows, summed]. */
  static Tensor matrix(Tensor x, Tensor weight) {
    return x.dim() == 2 ? x : x.reshape(Product.rows(x, weight), weight.size(0));
  }

  @Override
  public Tensor neurons(
      Tensor x,
      Layer in,
      ActivationFunction function,
      @Nullable Layer linear,
      @Nullable UnaryOperator<Tensor> pre,
      @Nullable UnaryOperator<Tensor> preLinear,
      long[] shape) {
    var results =
        linear == null
            ? linear(x, List.of(in), List.of(shape))
            : linear(x, List.of(in, linear), List.of(shape, shape));
    Tensor input = seen(results.get(0), pre);
    Tensor gate = linear == null ? null : seen(results.get(1), preLinear);
    return activated(function, input, gate);
  }

  /** {@code function(x)}, multiplied by the linear part if there is one. */
  Tensor activated(ActivationFunction function, Tensor x, @Nullable Tensor linear) {
    Tensor activated = function.of(x);
    return linear == null ? activated : product(activated, linear);
  }

  @Override
  public Tensor norm(
      Tensor x,
      NormForm form,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      @Nullable UnaryOperator<Tensor> divisor,
      @Nullable UnaryOperator<Tensor> normalized) {
    Tensor precise = x.scalar_type().intern() == ScalarType.Double ? x : x.to(ScalarType.Float);
    Tensor centred = form.centred() ? difference(precise, mean(precise)) : precise;
    Tensor root = mean(Elementwise.square(centred)).add(new Scalar(form.epsilon())).sqrt();
    return divided(centred, seen(root, divisor), form, scale, shift, normalized)
        .to(x.scalar_type());
  }

  /** A norm from its divisor on. */
  static Tensor divided(
      Tensor centred,
      Tensor divisor,
      NormForm form,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      @Nullable UnaryOperator<Tensor> normalized) {
    Tensor divided = quotient(centred, divisor);
    return form.centred()
        ? seen(affine(divided, scale, shift), normalized)
        : affine(seen(divided, normalized), scale, shift);
  }

  static Tensor affine(Tensor x, @Nullable Tensor scale, @Nullable Tensor shift) {
    return shifted(scaled(x, scale), shift);
  }

  @Override
  public Tensor pattern(
      Tensor q, Tensor k, Bias bias, Scoring scoring, @Nullable UnaryOperator<Tensor> scores) {
    Tensor keys = perHead(k, q.size(2)).permute(0, 2, 3, 1);
    Tensor queries = times(q, scoring.factor()).permute(0, 2, 1, 3);
    Tensor products = matrices(queries, keys);
    Tensor capped = scoring.cap() == 0 ? products : capped(products, scoring.cap());
    Tensor biased = sum(capped, bias.matrixFor(q, k).to(q.scalar_type()));
    Tensor pattern = Elementwise.softmax(seen(biased, scores), 3);
    return bias.emptyRows() ? nanToZero(pattern) : pattern;
  }

  @Override
  public Tensor mix(Tensor pattern, Tensor v) {
    Tensor values = perHead(v, pattern.size(1)).permute(0, 2, 1, 3);
    return matrices(pattern, values).permute(0, 2, 1, 3);
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Bias bias, Scoring scoring) {
    return mix(pattern(q, k, bias, scoring, null), v);
  }

  @Override
  public Tensor rotate(Tensor x, Rotation rotation) {
    return rotation.plain(x);
  }

  @Override
  public LossGradients crossEntropy(Tensor x, Layer layer, Tensor targets, double factor) {
    Tensor scores = product(x, layer);
    Tensor target = targets.unsqueeze(1);
    double loss = -scores.log_softmax(1).gather(1, target).sum().item_double() * factor;
    Tensor gradients = scores.softmax(1);
    Tensor chosen = gradients.gather(1, target);
    gradients.scatter_(1, target, chosen.sub(new Scalar(1)));
    gradients.mul_(new Scalar(factor));
    return new LossGradients(
        loss,
        gradients.matmul(layer.weight().t()),
        x.t().matmul(gradients),
        layer.bias() == null ? null : gradients.sum(0));
  }

  /** The watcher's result for a value; the value itself if there is no watcher. */
  static Tensor seen(Tensor value, @Nullable UnaryOperator<Tensor> watcher) {
    return watcher == null ? value : watcher.apply(value);
  }

  /**
   * Keys or values [batch, key, head, features], with each shared head repeated for the heads that
   * share it.
   */
  static Tensor perHead(Tensor shared, long heads) {
    long[] sizes = shared.shape();
    long group = heads / sizes[2];
    return group == 1
        ? shared
        : shared
            .unsqueeze(3)
            .expand(sizes[0], sizes[1], sizes[2], group, sizes[3])
            .reshape(sizes[0], sizes[1], heads, sizes[3]);
  }

  /** The matrix products of two tensors [batch, head, rows, columns]. */
  private static Tensor matrices(Tensor left, Tensor right) {
    long[] a = left.shape();
    long[] b = right.shape();
    return Elementwise.bmm(
            left.reshape(a[0] * a[1], a[2], a[3]), right.reshape(b[0] * b[1], b[2], b[3]))
        .reshape(a[0], a[1], a[2], b[3]);
  }

  private static Tensor capped(Tensor scores, double cap) {
    return scores.div(new Scalar(cap)).tanh().mul(new Scalar(cap));
  }

  private static Tensor nanToZero(Tensor x) {
    return x.masked_fill(x.isnan(), new Scalar(0.0));
  }

  private static Tensor mean(Tensor x) {
    return x.mean(new long[] {x.dim() - 1}, true, new org.bytedeco.pytorch.ScalarTypeOptional());
  }

  private static Tensor scaled(Tensor x, @Nullable Tensor scale) {
    return scale == null ? x : product(x, scale);
  }

  private static Tensor shifted(Tensor x, @Nullable Tensor shift) {
    return shift == null ? x : sum(x, shift);
  }

  private static Tensor times(Tensor x, double factor) {
    try (var scalar = new Scalar(factor)) {
      return Elementwise.unary(
          x, 1, -1, all -> all.mul(scalar), (to, part) -> torch.mul_out(to, part, scalar));
    }
  }

  private static Tensor sum(Tensor a, Tensor b) {
    return Elementwise.binary(a.shape(), a, b, Tensor::add, torch::add_out);
  }

  private static Tensor difference(Tensor a, Tensor b) {
    return Elementwise.binary(a.shape(), a, b, Tensor::sub, torch::sub_out);
  }

  private static Tensor product(Tensor a, Tensor b) {
    return Elementwise.binary(a.shape(), a, b, Tensor::mul, torch::mul_out);
  }

  private static Tensor quotient(Tensor a, Tensor b) {
    return Elementwise.binary(a.shape(), a, b, Tensor::div, torch::div_out);
  }
}
