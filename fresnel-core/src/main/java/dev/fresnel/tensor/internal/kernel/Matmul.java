package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products without gradients, large ones in parts side by side. Where rows are many they are
 * cut, so that a core goes on with the rows that it had before; where they are few columns are, so
 * that each core reads its part of the weights.
 */
final class Matmul {
  /** Multiplications a part: some tens of microseconds. */
  private static final double LEAST = 1.5e6;

  /** From so many rows a part on, rows are cut. */
  private static final long ROWS = 64;

  /** With fewer rows than this, reading the weights is what takes the time. */
  private static final long READING = 6;

  /** Kernels go through so many columns at a time, or twice as many. */
  private static final long STRIDE = 32;

  /** With so many products a part, none is cut. */
  private static final int MANY = 4;

  /** A part has so many columns at least. */
  private static final long COLUMNS = 64;

  /**
   * {@code curve(left right + bias) times}, and where it is written.
   *
   * @param result [rows, columns], with its columns side by side
   * @param left [rows, summed]
   * @param right [summed, columns]
   * @param bias [columns], or null
   * @param curve what is done to each number, or null
   * @param times what each number is multiplied by, like the result, or null; it may be an earlier
   *     product's result, where these are few
   */
  record Product(
      Tensor result,
      Tensor left,
      Tensor right,
      @Nullable Tensor bias,
      @Nullable ActivationFunction curve,
      @Nullable Tensor times) {
    Product(Tensor result, Tensor left, Tensor right, @Nullable Tensor bias) {
      this(result, left, right, bias, null, null);
    }

    /** With memory for the result. */
    static Product of(Tensor left, Tensor right, @Nullable Tensor bias) {
      return new Product(left.new_empty(left.size(0), right.size(1)), left, right, bias);
    }

    Product then(@Nullable ActivationFunction curve, @Nullable Tensor times) {
      return new Product(result, left, right, bias, curve, times);
    }

    private double multiplications() {
      return (double) Math.max(left.size(0), READING) * right.size(0) * right.size(1);
    }

    private Product rows(long from, long length) {
      return new Product(
          result.narrow(0, from, length),
          left.narrow(0, from, length),
          right,
          bias,
          curve,
          times == null ? null : times.narrow(0, from, length));
    }

    private Product columns(long from, long length) {
      return new Product(
          result.narrow(1, from, length),
          left,
          right.narrow(1, from, length),
          bias == null ? null : bias.narrow(0, from, length),
          curve,
          times == null ? null : times.narrow(1, from, length));
    }

    private void write(boolean byOneDnn) {
      if (byOneDnn) {
        OneDnnMatmul.write(this);
        return;
      }
      if (bias == null) {
        torch.mm_out(result, left, right);
      } else {
        torch.addmm_out(result, bias, left, right);
      }
      finish();
    }

    /** What comes after the sum, one thing after the other. */
    void finish() {
      if (curve != null) {
        curve.replace(result);
      }
      if (times != null) {
        result.mul_(times);
      }
    }
  }

  private Matmul() {}

  /** Into how many parts these are worth cutting, if they are computed together. */
  static int count(List<Product> products) {
    double multiplications = products.stream().mapToDouble(Product::multiplications).sum();
    long columns = products.stream().mapToLong(one -> one.right.size(1)).min().orElse(0);
    long most = Math.min((long) (multiplications / LEAST), columns / COLUMNS);
    return (int) Math.max(1, Math.min(Workers.size(), most));
  }

  /** {@code left right + bias} without gradients, in the caller's scope. */
  static Tensor of(Tensor left, Tensor right, @Nullable Tensor bias) {
    var product = Product.of(left, right, bias);
    write(List.of(product));
    return product.result;
  }

  /** Products of the same number of rows, each core's parts of all of them together. */
  static void write(List<Product> products) {
    write(products, count(products));
  }

  /** The same, in so many parts. */
  static void write(List<Product> products, int count) {
    boolean[] byOneDnn = new boolean[products.size()];
    for (int i = 0; i < byOneDnn.length; i++) {
      var product = products.get(i);
      byOneDnn[i] = OneDnnMatmul.suits(product.left, product.right, product.bias);
    }
    var parts = new ArrayList<Runnable>();
    if (count > 1 && products.size() >= MANY * count) {
      for (int i = 0; i < products.size(); i++) {
        var whole = List.of(products.get(i));
        boolean our = byOneDnn[i];
        parts.add(() -> write(whole, our));
      }
      Workers.run(parts);
      return;
    }
    for (int part = 0; part < count; part++) {
      var pieces = new ArrayList<Product>();
      for (Product product : products) {
        pieces.add(piece(product, part, count));
      }
      parts.add(() -> write(pieces, byOneDnn));
    }
    Workers.run(parts);
  }

  private static void write(List<Product> pieces, boolean... byOneDnn) {
    try (var scope = new PointerScope()) {
      for (int i = 0; i < byOneDnn.length; i++) {
        pieces.get(i).write(byOneDnn[i]);
      }
    }
  }

  /** One of several pieces: views, made on the caller's thread, whose scope frees them. */
  private static Product piece(Product whole, int part, int count) {
    if (count == 1) {
      return whole;
    }
    long rows = whole.left.size(0);
    if (rows >= ROWS * count) {
      long from = rows * part / count;
      return whole.rows(from, rows * (part + 1) / count - from);
    }
    long columns = whole.right.size(1);
    long from = columns * part / count / STRIDE * STRIDE;
    long to = part + 1 == count ? columns : columns * (part + 1) / count / STRIDE * STRIDE;
    return whole.columns(from, to - from);
  }
}
