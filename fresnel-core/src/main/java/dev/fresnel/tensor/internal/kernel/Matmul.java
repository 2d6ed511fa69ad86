package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products without gradients. Large ones are split into parts that are computed in parallel.
 * With many rows, the rows are split, so that each core keeps working on the same rows. With few
 * rows, the columns are split, so that each core reads its own part of the weights.
 */
final class Matmul {
  /** The least multiplications per part: a few tens of microseconds. */
  private static final double LEAST_MULTIPLICATIONS = 1.5e6;

  /** The least rows per part for which rows are split; otherwise columns are. */
  private static final long LEAST_ROWS = 64;

  /**
   * The least rows that the estimate of work assumes. With fewer rows, reading the weights takes
   * the time, not multiplying.
   */
  private static final long LEAST_ROWS_COUNTED = 12;

  /**
   * Parts start at multiples of this many columns, since kernels compute 32 or 64 columns at a
   * time.
   */
  private static final long COLUMN_STEP = 32;

  /** With this many products per part or more, whole products are distributed instead of pieces. */
  private static final int MANY_PRODUCTS = 4;

  /** The least columns per part. */
  private static final long LEAST_COLUMNS = 64;

  /**
   * A product {@code left right + bias}, and the tensor it is written to.
   *
   * @param result [rows, columns], with contiguous rows
   * @param left [rows, summed]
   * @param right [summed, columns]
   * @param bias [columns], or null
   */
  record Product(Tensor result, Tensor left, Tensor right, @Nullable Tensor bias) {
    /** A product with a new tensor for its result. */
    static Product of(Tensor left, Tensor right, @Nullable Tensor bias) {
      return new Product(left.new_empty(left.size(0), right.size(1)), left, right, bias);
    }

    private double multiplications() {
      return (double) Math.max(left.size(0), LEAST_ROWS_COUNTED) * right.size(0) * right.size(1);
    }

    private Product rows(long from, long length) {
      return new Product(result.narrow(0, from, length), left.narrow(0, from, length), right, bias);
    }

    Product columns(long from, long length) {
      return new Product(
          result.narrow(1, from, length),
          left,
          right.narrow(1, from, length),
          bias == null ? null : bias.narrow(0, from, length));
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
    }
  }

  private Matmul() {}

  /**
   * The number of parts that these products are worth splitting into, if they are computed
   * together.
   */
  static int count(List<Product> products) {
    double multiplications = products.stream().mapToDouble(Product::multiplications).sum();
    long columns = products.stream().mapToLong(one -> one.right.size(1)).min().orElse(0);
    long most = Math.min((long) (multiplications / LEAST_MULTIPLICATIONS), columns / LEAST_COLUMNS);
    return (int) Math.max(1, Math.min(Workers.size(), most));
  }

  /** {@code left right + bias}, as a tensor in the caller's scope. */
  static Tensor of(Tensor left, Tensor right, @Nullable Tensor bias) {
    var product = Product.of(left, right, bias);
    write(List.of(product));
    return product.result;
  }

  /**
   * Computes products with the same number of rows. Each core computes its part of every product.
   */
  static void write(List<Product> products) {
    write(products, count(products));
  }

  /**
   * Adds {@code left right} to the sum, in parts as {@link #write}.
   *
   * @param first whether to overwrite the sum instead of adding to it
   */
  static void add(Tensor sum, Tensor left, Tensor right, boolean first) {
    var whole = new Product(sum, left, right, null);
    int count = count(List.of(whole));
    var parts = new ArrayList<Runnable>();
    for (int part = 0; part < count; part++) {
      var piece = piece(whole, part, count);
      parts.add(
          () -> {
            try (var scope = new PointerScope()) {
              OneDnnMatmul.addProduct(piece.result, piece.left, piece.right, first);
            }
          });
    }
    Workers.run(parts);
  }

  /** Computes products in the given number of parts. */
  static void write(List<Product> products, int count) {
    boolean[] byOneDnn = new boolean[products.size()];
    for (int i = 0; i < byOneDnn.length; i++) {
      var product = products.get(i);
      byOneDnn[i] = OneDnnMatmul.suits(product.left, product.right, product.bias);
    }
    var parts = new ArrayList<Runnable>();
    if (count > 1 && products.size() >= MANY_PRODUCTS * count) {
      for (int i = 0; i < products.size(); i++) {
        var whole = List.of(products.get(i));
        boolean useOneDnn = byOneDnn[i];
        parts.add(() -> write(whole, useOneDnn));
      }
      Workers.run(parts);
      return;
    }
    boolean fewRows = OneDnnMatmul.hasFewRows(products.get(0)) && all(byOneDnn);
    for (int i = 0; i < count; i++) {
      int part = i;
      if (fewRows) {
        parts.add(() -> writeFewRows(products, part, count));
        continue;
      }
      var pieces = new ArrayList<Product>();
      for (Product product : products) {
        pieces.add(piece(product, part, count));
      }
      parts.add(() -> write(pieces, byOneDnn));
    }
    Workers.run(parts);
  }

  private static boolean all(boolean... flags) {
    for (boolean flag : flags) {
      if (!flag) {
        return false;
      }
    }
    return true;
  }

  private static void writeFewRows(List<Product> products, int part, int count) {
    try (var scope = new PointerScope()) {
      for (Product product : products) {
        long columns = product.right.size(1);
        long from = firstColumn(columns, part, count);
        OneDnnMatmul.write(product, from, firstColumn(columns, part + 1, count) - from);
      }
    }
  }

  private static void write(List<Product> pieces, boolean... byOneDnn) {
    try (var scope = new PointerScope()) {
      for (int i = 0; i < byOneDnn.length; i++) {
        pieces.get(i).write(byOneDnn[i]);
      }
    }
  }

  /** One piece of a product. Its views are made on the calling thread, whose scope frees them. */
  private static Product piece(Product whole, int part, int count) {
    if (count == 1) {
      return whole;
    }
    long rows = whole.left.size(0);
    if (rows >= LEAST_ROWS * count) {
      long from = rows * part / count;
      return whole.rows(from, rows * (part + 1) / count - from);
    }
    long columns = whole.right.size(1);
    long from = firstColumn(columns, part, count);
    return whole.columns(from, firstColumn(columns, part + 1, count) - from);
  }

  /** The first column of a part; the end of all columns behind the last part. */
  private static long firstColumn(long columns, int part, int count) {
    return part == count ? columns : columns * part / count / COLUMN_STEP * COLUMN_STEP;
  }
}
