package dev.fresnel.tensor.internal.kernel;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a transformer's layers. One implementation uses libtorch's plain operations,
 * the other fused kernels; their results differ only by rounding.
 *
 * <p>A watcher sees an intermediate value and returns the value that the computation continues
 * with. It is null if nothing watches the value; then a fused kernel need not compute the value
 * separately.
 */
public interface Kernels {
  /**
   * The weight and bias of a linear layer.
   *
   * @param weight [summed, columns]
   * @param bias [columns]; null for none
   */
  record Layer(Tensor weight, @Nullable Tensor bias) {}

  /**
   * The form of a norm.
   *
   * @param centred true for a layer norm, which subtracts the mean; false for an RMS norm
   * @param epsilon added to the mean square before the root
   */
  record NormForm(boolean centred, double epsilon) {}

  /**
   * How attention scores are computed from products of queries and keys.
   *
   * @param factor multiplies each product
   * @param cap the soft cap, {@code cap tanh(score / cap)}; 0 for none
   */
  record Scoring(double factor, double cap) {}

  /**
   * A loss and its gradients.
   *
   * @param loss the sum of the rows' losses times the given factor, in nats
   * @param toInput the gradient of the input [rows, summed]
   * @param toWeight the gradient of the weight [summed, columns]
   * @param toBias the gradient of the bias [columns]; null if the layer has none
   */
  record LossGradients(double loss, Tensor toInput, Tensor toWeight, @Nullable Tensor toBias) {}

  /** The kernels of this process: {@code FRESNEL_KERNELS=fast} (the default) or {@code plain}. */
  static Kernels chosen() {
    return KernelChoice.CHOSEN;
  }

  /**
   * Linear layers that read one input: {@code x weight + bias} for each.
   *
   * @param x [rows, summed], or contiguous in another shape
   * @param shapes the shapes of the results: rows times columns numbers, in their order
   */
  List<Tensor> linear(Tensor x, List<Layer> layers, List<long[]> shapes);

  /**
   * The neurons of an MLP: {@code f(x in)}, or in a gated MLP {@code f(x in) * (x linear)}.
   *
   * @param x [rows, summed], or contiguous in another shape
   * @param in the layer whose output the activation function reads
   * @param linear the layer whose output the gate multiplies; null for an MLP without a gate
   * @param pre watches the input of the activation function
   * @param preLinear watches what the gate multiplies
   * @param shape the shape of the result and of what is watched: rows times columns numbers, in
   *     their order
   */
  Tensor neurons(
      Tensor x,
      Layer in,
      ActivationFunction function,
      @Nullable Layer linear,
      @Nullable UnaryOperator<Tensor> pre,
      @Nullable UnaryOperator<Tensor> preLinear,
      long[] shape);

  /**
   * A norm over the innermost axis. Half-precision numbers are normalized in float32.
   *
   * @param x [.., features]
   * @param scale [features], multiplies the normalized numbers; null for ones
   * @param shift [features], added after scaling; null for zeros
   * @param divisor watches the divisor [.., 1]
   * @param normalized watches the output of a layer norm, or the numbers of an RMS norm before they
   *     are scaled, as in TransformerLens
   */
  Tensor norm(
      Tensor x,
      NormForm form,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      @Nullable UnaryOperator<Tensor> divisor,
      @Nullable UnaryOperator<Tensor> normalized);

  /**
   * Attention patterns: the softmax over keys of the soft-capped scores plus the bias. A row whose
   * keys are all masked is zero.
   *
   * @param q [batch, query, head, features]
   * @param k [batch, key, shared head, features]; consecutive heads share one
   * @param scores watches the scores [batch, head, query, key], with the bias added
   * @return [batch, head, query, key]
   */
  Tensor pattern(
      Tensor q, Tensor k, Bias bias, Scoring scoring, @Nullable UnaryOperator<Tensor> scores);

  /**
   * Values summed over keys, weighted by a pattern.
   *
   * @param pattern [batch, head, query, key]
   * @param v [batch, key, shared head, features]
   * @return [batch, query, head, features]
   */
  Tensor mix(Tensor pattern, Tensor v);

  /**
   * {@code mix(pattern(q, k), v)}, for callers that watch neither scores nor pattern.
   *
   * @return [batch, query, head, features]
   */
  Tensor attend(Tensor q, Tensor k, Tensor v, Bias bias, Scoring scoring);

  /** Rotates pairs of numbers; the result has the shape of {@code x}. */
  Tensor rotate(Tensor x, Rotation rotation);

  /**
   * The cross-entropy of {@code x weight + bias}, summed over rows and multiplied by a factor, with
   * its gradients. libtorch records nothing of it.
   *
   * @param x [rows, summed]
   * @param targets [rows], int64: the index of the right column
   */
  LossGradients crossEntropy(Tensor x, Layer layer, Tensor targets, double factor);
}
