package dev.fresnel.tensor;

import java.util.ArrayList;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A matrix product without gradients, a large one in parts side by side. Where rows are many they
 * are cut, so that a core goes on with the rows that it had before; where they are few columns are,
 * so that each core reads its part of the weights.
 */
final class ProductInParts {
  /** Multiplications a part: some tens of microseconds. */
  private static final double LEAST = 1.5e6;

  /** From so many rows a part on, rows are cut. */
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
    var result = left.new_empty(left.size(0), right.size(1));
    write(result, left, right, bias, count);
    return result;
  }

  /** The same into a tensor of the result's shape, with its columns side by side. */
  static void write(Tensor result, Tensor left, Tensor right, @Nullable Tensor bias, int count) {
    long columns = right.size(1);
    boolean byOneDnn = OneDnn.suits(left, right, bias);
    boolean byRows = left.size(0) >= ROWS * count;
    long length = byRows ? left.size(0) : columns;
    long stride = byRows ? 1 : STRIDE;
    var parts = new ArrayList<Part>();
    long from = 0;
    for (int i = 1; i <= count; i++) {
      long to = i == count ? length : length * i / count / stride * stride;
      parts.add(part(byOneDnn, byRows, result, left, right, bias, from, to - from));
      from = to;
    }
    Crew.run(parts);
  }

  private static Part part(
      boolean byOneDnn,
      boolean byRows,
      Tensor result,
      Tensor left,
      Tensor right,
      @Nullable Tensor bias,
      long from,
      long length) {
    return byRows
        ? new Part(
            byOneDnn, result.narrow(0, from, length), left.narrow(0, from, length), right, bias)
        : new Part(
            byOneDnn,
            result.narrow(1, from, length),
            left,
            right.narrow(1, from, length),
            bias == null ? null : bias.narrow(0, from, length));
  }
}
