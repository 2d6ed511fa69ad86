package dev.fresnel.tensor;

import java.util.ArrayList;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A large matrix product in parts of its columns, side by side. OpenBLAS's own threads wait for
 * each other many times within one product, and where other work holds a core all of them stand
 * still; here a thread waits once, at the end, and the caller takes every part that no other thread
 * has begun.
 */
final class ProductInParts {
  /** Multiplications a part: some tens of microseconds. */
  private static final double LEAST = 1.5e6;

  /** From so many rows a part on, rows are cut: what belongs to a row stays with one core. */
  private static final long ROWS = 64;

  /** With fewer rows than this, reading the weights is what takes the time. */
  private static final long READING = 6;

  /** Kernels go through so many columns at a time. */
  private static final long STRIDE = 64;

  /** Some columns: views, made on the caller's thread, whose scope frees them. */
  private record Part(
      boolean byOneDnn, Tensor result, Tensor left, Tensor right, @Nullable Tensor bias)
      implements Runnable {
    @Override
    public void run() {
      try (var scope = new PointerScope()) {
        if (byOneDnn) {
          OneDnn.multiply(result, left, right, bias);
        } else if (bias == null) {
          torch.mm_out(result, left, right);
        } else {
          torch.addmm_out(result, bias, left, right);
        }
      }
    }
  }

  private ProductInParts() {}

  /** Into how many parts a product is worth cutting. */
  static int count(Tensor left, Tensor right) {
    double multiplications =
        (double) Math.max(left.size(0), READING) * right.size(0) * right.size(1);
    long most = Math.min((long) (multiplications / LEAST), right.size(1) / STRIDE);
    return (int) Math.max(1, Math.min(Crew.size(), most));
  }

  /** {@code left right + bias} without gradients, in the caller's scope. */
  static Tensor of(Tensor left, Tensor right, @Nullable Tensor bias) {
    return of(left, right, bias, count(left, right));
  }

  /** The same, in so many parts. */
  static Tensor of(Tensor left, Tensor right, @Nullable Tensor bias, int count) {
    long columns = right.size(1);
    var result = left.new_empty(left.size(0), columns);
    boolean byOneDnn = OneDnn.suits(left, right);
    var parts = new ArrayList<Part>();
    if (left.size(0) >= ROWS * count) {
      long rows = left.size(0);
      for (int i = 0; i < count; i++) {
        long first = rows * i / count;
        long length = rows * (i + 1) / count - first;
        parts.add(
            new Part(
                byOneDnn,
                result.narrow(0, first, length),
                left.narrow(0, first, length),
                right,
                bias));
      }
      Crew.run(parts);
      return result;
    }
    long from = 0;
    for (int i = 1; i <= count; i++) {
      long to = i == count ? columns : columns * i / count / STRIDE * STRIDE;
      parts.add(
          new Part(
              byOneDnn,
              result.narrow(1, from, to - from),
              left,
              right.narrow(1, from, to - from),
              bias == null ? null : bias.narrow(0, from, to - from)));
      from = to;
    }
    Crew.run(parts);
    return result;
  }
}
