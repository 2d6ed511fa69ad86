package dev.fresnel.tensor.internal.kernel;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a transformer computes in several of libtorch's operations. One implementation computes step
 * by step, the other by fused kernels; their results differ by rounding alone.
 *
 * <p>A watcher sees a value between two steps and gives the value that the computation continues
 * with. It is null where nobody watches; then a fused kernel need not have that value in memory.
 */
public interface Kernels {
  /**
   * A weight and a bias.
   *
   * @param weight [summed, columns]
   * @param bias [columns]; null for none
   */
  record Layer(Tensor weight, @Nullable Tensor bias) {}

  /**
   * Which norm.
   *
   * @param centred whether the mean is subtracted: a layer norm; an RMS norm does not
   * @param epsilon what is added to the mean square before the root
   */
  record NormForm(boolean centred, double epsilon) {}

  /**
   * How scores come from products of queries and keys.
   *
   * @param factor what a product is multiplied by
   * @param cap the soft cap, {@code cap tanh(score / cap)}; 0 for none
   */
  record Scoring(double factor, double cap) {}

  /**
   * A loss and its derivatives.
   *
   * @param loss the sum of the rows' losses times the factor that was asked for, in nats
   * @param toInput the derivative with respect to the input [rows, summed]
   * @param toWeight the derivative with respect to the weight [summed, columns]
   * @param toBias the derivative with respect to the bias [columns]; null where there is none
   */
  record LossSlopes(double loss, Tensor toInput, Tensor toWeight, @Nullable Tensor toBias) {}

  /** The kernels of this process: {@code FRESNEL_KERNELS=fast} (the default) or {@code plain}. */
  static Kernels chosen() {
    return KernelChoice.CHOSEN;
  }

  /**
   * {@code x weight + bias} for several layers that read one input.
   *
   * @param x [rows, summed]
   * @return [rows, columns] for each layer
   */
  List<Tensor> linear(Tensor x, List<Layer> layers);

  /**
   * Neurons: {@code f(x in)}, or in a gated MLP {@code f(x in) * (x linear)}.
   *
   * @param x [rows, summed]
   * @param in what the activation function is applied to
   * @param linear what the gate multiplies; null for none
   * @param pre watches what the activation function reads
   * @param preLinear watches what the gate multiplies
   * @return [rows, columns]
   */
  Tensor neurons(
      Tensor x,
      Layer in,
      ActivationFunction function,
      @Nullable Layer linear,
      @Nullable UnaryOperator<Tensor> pre,
      @Nullable UnaryOperator<Tensor> preLinear);

  /**
   * A norm over the innermost axis. Half-precision numbers are normalized in float32.
   *
   * @param x [.., features]
   * @param scale [features], what the normalized numbers are multiplied by; null for ones
   * @param shift [features], what is added then; null for zeros
   * @param divisor watches what the numbers are divided by [.., 1]
   * @param normalized watches the output of a layer norm; of an RMS norm, the numbers before they
   *     are multiplied by {@code scale}, as TransformerLens shows them
   */
  Tensor norm(
      Tensor x,
      NormForm form,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      @Nullable UnaryOperator<Tensor> divisor,
      @Nullable UnaryOperator<Tensor> normalized);

  /**
   * Attention patterns: the softmax over keys of capped products plus the bias. A row whose keys
   * are all forbidden is zero.
   *
   * @param q [batch, query, head, features]
   * @param k [batch, key, shared head, features]; consecutive heads share one
   * @param scores watches the scores [batch, head, query, key], bias included
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
   * {@code mix(pattern(q, k), v)} where nobody watches scores or pattern.
   *
   * @return [batch, query, head, features]
   */
  Tensor attend(Tensor q, Tensor k, Tensor v, Bias bias, Scoring scoring);

  /** Pairs of numbers turned by angles, in the shape of {@code x}. */
  Tensor rotate(Tensor x, Rotation rotation);

  /**
   * The cross-entropy of {@code x weight + bias}, summed over rows and multiplied by a factor, with
   * its derivatives. Nothing is recorded for libtorch's own derivatives.
   *
   * @param x [rows, summed]
   * @param targets [rows], int64: which column came true
   */
  LossSlopes crossEntropy(Tensor x, Layer layer, Tensor targets, double factor);
}
