package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.NormForm;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Operations on few numbers, such as those of one token, in Java. After a large product the
 * processor's cache holds weights, and libtorch's and oneDNN's code has to come from memory again,
 * which takes longer than the computation. Java's code for these operations is short.
 */
final class FewNumbers {
  /** The most numbers of a tensor: a token's of a small model. Java takes a few microseconds. */
  private static final long MOST = 4096;

  private FewNumbers() {}

  static boolean areFew(long numbers) {
    return numbers > 0 && numbers <= MOST;
  }

  /** Whether these are float32 tensors in memory, side by side, and nothing is recorded. */
  static boolean are(@Nullable Tensor... tensors) {
    for (Tensor tensor : tensors) {
      if (tensor != null
          && !(areFew(tensor.numel()) && OneDnnPrimitive.reads(tensor) && tensor.is_contiguous())) {
        return false;
      }
    }
    return !Recording.isOn(tensors);
  }

  static float[] read(Tensor tensor) {
    var numbers = new float[Math.toIntExact(tensor.numel())];
    tensor.data_ptr_float().get(numbers);
    return numbers;
  }

  private static Tensor like(Tensor tensor, float[] numbers, long... sizes) {
    Tensor made = tensor.new_empty(sizes);
    made.data_ptr_float().put(numbers);
    return made;
  }

  /** {@link Kernels#norm}, for tensors that {@link #are} few numbers. */
  static Tensor norm(
      Tensor x,
      NormForm form,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      @Nullable UnaryOperator<Tensor> divisor,
      @Nullable UnaryOperator<Tensor> normalized) {
    float[] numbers = read(x);
    int width = Math.toIntExact(x.size(-1));
    var divisors = new float[numbers.length / width];
    for (int row = 0; row < divisors.length; row++) {
      divisors[row] = centre(numbers, row * width, width, form);
    }
    if (divisor != null) {
      long[] sizes = x.shape();
      sizes[sizes.length - 1] = 1;
      Tensor answer = divisor.apply(like(x, divisors, sizes));
      if (Recording.isOn(answer)) {
        Tensor centred = like(x, numbers, x.shape());
        return PlainKernels.divided(centred, answer, form, scale, shift, normalized);
      }
      divisors = read(answer.to(ScalarType.Float).contiguous());
    }
    for (int row = 0; row < divisors.length; row++) {
      for (int i = row * width; i < (row + 1) * width; i++) {
        numbers[i] /= divisors[row];
      }
    }
    if (normalized != null && !form.centred()) {
      Tensor answer = normalized.apply(like(x, numbers, x.shape()));
      return PlainKernels.affine(answer, scale, shift);
    }
    float[] scales = scale == null ? null : read(scale);
    float[] shifts = shift == null ? null : read(shift);
    for (int row = 0; row < numbers.length; row += width) {
      for (int i = 0; i < width; i++) {
        float scaled = scales == null ? numbers[row + i] : numbers[row + i] * scales[i];
        numbers[row + i] = shifts == null ? scaled : scaled + shifts[i];
      }
    }
    Tensor result = like(x, numbers, x.shape());
    return form.centred() ? PlainKernels.seen(result, normalized) : result;
  }

  /** Subtracts a row's mean if the norm does, and computes its divisor. */
  private static float centre(float[] numbers, int from, int width, NormForm form) {
    double sum = 0;
    for (int i = from; form.centred() && i < from + width; i++) {
      sum += numbers[i];
    }
    float mean = (float) (sum / width);
    double squares = 0;
    for (int i = from; i < from + width; i++) {
      numbers[i] -= mean;
      squares += numbers[i] * numbers[i];
    }
    return (float) Math.sqrt(squares / width + form.epsilon());
  }

  /** The sum of tensors of one shape that {@link #are} few numbers. */
  static Tensor sum(Tensor a, Tensor b) {
    float[] numbers = read(a);
    float[] more = read(b);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] += more[i];
    }
    return like(a, numbers, a.shape());
  }

  /** Whether {@link #rotated} accepts these: one row of angles serves all of the tensor. */
  static boolean areRotated(Tensor x, Tensor cos, Tensor sin) {
    return are(x, cos, sin) && cos.numel() == x.size(-1) && sin.numel() == x.size(-1);
  }

  /** {@link Rotation} of all rows by the same angles. */
  static Tensor rotated(Tensor x, boolean halves, Tensor cos, Tensor sin) {
    float[] from = read(x);
    float[] c = read(cos);
    float[] s = read(sin);
    int half = c.length / 2;
    var to = new float[from.length];
    for (int row = 0; row < from.length; row += c.length) {
      for (int i = 0; i < c.length; i++) {
        int other = !halves ? i ^ 1 : i < half ? i + half : i - half;
        to[row + i] = from[row + i] * c[i] + from[row + other] * s[i];
      }
    }
    return like(x, to, x.shape());
  }

  /** {@code x σ(x) linear}, in place. */
  static void siluTimes(Tensor x, Tensor linear) {
    float[] numbers = read(x);
    float[] factors = read(linear);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] *= factors[i] / (1 + (float) Math.exp(-numbers[i]));
    }
    x.data_ptr_float().put(numbers);
  }

  /** Replaces each row by the softmax of its numbers plus the mask. */
  static void softmax(float[] numbers, float[] mask) {
    int width = mask.length;
    for (int from = 0; from < numbers.length; from += width) {
      float most = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        numbers[from + i] += mask[i];
        most = Math.max(most, numbers[from + i]);
      }
      double sum = 0;
      for (int i = from; i < from + width; i++) {
        numbers[i] = (float) Math.exp(numbers[i] - most);
        sum += numbers[i];
      }
      for (int i = from; i < from + width; i++) {
        numbers[i] /= (float) sum;
      }
    }
  }
}
