package dev.fresnel.tensor.internal.kernel;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Uses a fused kernel where no watcher needs an intermediate value and the operands suit it.
 * Otherwise computes step by step, with large operations split among all cores. While a tape is
 * open, linear layers, causal attention, norms, rotations and activation functions are recorded on
 * it.
 */
public final class FastKernels extends PlainKernels {
  @Override
  public List<Tensor> linear(Tensor x, List<Layer> layers, List<long[]> shapes) {
    return new Linear(x, layers, shapes).results();
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
    boolean watched = pre != null || preLinear != null;
    if (!watched && function.isElementwise()) {
      var layers = linear == null ? List.of(in) : List.of(in, linear);
      var shapes = linear == null ? List.of(shape) : List.of(shape, shape);
      var fused = new Linear(x, layers, shapes).activated(function);
      if (fused != null) {
        return fused;
      }
    }
    return super.neurons(x, in, function, linear, pre, preLinear, shape);
  }

  @Override
  Tensor activated(ActivationFunction function, Tensor x, @Nullable Tensor linear) {
    var tape = RawTape.recording(x, linear);
    return tape != null && function.isElementwise()
        ? TapedActivation.of(tape, function, x, linear)
        : super.activated(function, x, linear);
  }

  @Override
  public Tensor norm(
      Tensor x,
      NormForm form,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      @Nullable UnaryOperator<Tensor> divisor,
      @Nullable UnaryOperator<Tensor> normalized) {
    if (FewNumbers.are(x, scale, shift)) {
      return FewNumbers.norm(x, form, scale, shift, divisor, normalized);
    }
    boolean watched = divisor != null || normalized != null;
    if (watched || !FusedNorm.suits(x, scale, shift)) {
      return super.norm(x, form, scale, shift, divisor, normalized);
    }
    if (!Recording.isOn(x, scale, shift)) {
      return FusedNorm.of(x, form, scale, shift);
    }
    var tape = RawTape.recording(x, scale, shift);
    return tape == null
        ? super.norm(x, form, scale, shift, null, null)
        : TapedNorm.of(tape, x, form, scale, shift);
  }

  @Override
  public Tensor pattern(
      Tensor q, Tensor k, Bias bias, Scoring scoring, @Nullable UnaryOperator<Tensor> scores) {
    return scores == null && AttentionKernels.suitPattern(q, k, bias, scoring)
        ? AttentionKernels.pattern(q, k, bias.matrixFor(q, k), scoring.factor())
        : super.pattern(q, k, bias, scoring, scores);
  }

  @Override
  public Tensor mix(Tensor pattern, Tensor v) {
    return AttentionKernels.suitMix(pattern, v)
        ? AttentionKernels.mixed(pattern, v)
        : super.mix(pattern, v);
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Bias bias, Scoring scoring) {
    boolean causal = bias.causal() && scoring.cap() == 0;
    boolean inMemory = bias.matrix() != null;
    if (inMemory && AttentionKernels.suitPattern(q, k, bias, scoring)) {
      Tensor mask = bias.matrixFor(q, k);
      if (OneQuery.suits(q, k, v, mask)) {
        return OneQuery.attend(q, k, v, mask, scoring.factor());
      }
      return mix(pattern(q, k, bias, scoring, null), v);
    }
    return causal
        ? ScaledDotProduct.causal(q, k, v, scoring.factor())
        : super.attend(q, k, v, bias, scoring);
  }

  @Override
  public Tensor rotate(Tensor x, Rotation rotation) {
    var tape = RawTape.recording(x);
    return tape == null ? rotation.inParts(x) : rotation.recorded(tape, x);
  }

  @Override
  public LossGradients crossEntropy(Tensor x, Layer layer, Tensor targets, double factor) {
    return LinearCrossEntropy.of(x, layer, targets, factor);
  }
}
