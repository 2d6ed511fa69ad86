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

  /**
   * The parts per core of products with few rows, which take the time of reading the weights: what
   * a core that begins late has not begun, another one reads.
   */
  private static final int PARTS_OF_FEW_ROWS = 2;

  /** The least numbers that such a part reads: some tens of microseconds. */
  private static final double LEAST_NUMBERS = 250_000;

  /** The least columns per part. */
  private static final long LEAST_COLUMNS = 64;

  /**
   * A product {@code left right + bias}, and the tensor it is written to.
   *
   * @param result [rows, columns] with contiguous rows, or contiguous in any shape
   * @param left [rows, summed], or contiguous in any shape
   * @param right [summed, columns]
   * @param bias [columns], or null
   */
  record Product(Tensor result, Tensor left, Tensor right, @Nullable Tensor bias) {
    /** A product with a new tensor for its result. */
    static Product of(Tensor left, Tensor right, @Nullable Tensor bias) {
      return new Product(left.new_empty(rows(left, right), right.size(1)), left, right, bias);
    }

    long rows() {
      return rows(left, right);
    }

    static long rows(Tensor left, Tensor right) {
      return left.dim() == 2 ? left.size(0) : left.numel() / right.size(0);
    }

    /** From one row of the left side to the next, in numbers. */
    long leftStride() {
      return left.dim() == 2 ? left.stride(0) : right.size(0);
    }

    /** From one row of the result to the next, in numbers. */
    long resultStride() {
      return result.dim() == 2 ? result.stride(0) : right.size(1);
    }

    private double multiplications() {
      return (double) Math.max(rows(), LEAST_ROWS_COUNTED) * right.size(0) * right.size(1);
    }
  }

  /**
   * Some rows or columns of a product.
   *
   * @param row the first row
   * @param column the first column
   */
  record Piece(Product whole, long row, long rows, long column, long columns) {
    static Piece all(Product product) {
      return new Piece(product, 0, product.rows(), 0, product.right.size(1));
    }

    /** One of several parts. */
    static Piece of(Product product, int part, int count) {
      long rows = product.rows();
      long columns = product.right.size(1);
      if (count > 1 && rows >= LEAST_ROWS * count) {
        long from = rows * part / count;
        return new Piece(product, from, rows * (part + 1) / count - from, 0, columns);
      }
      long from = firstColumn(columns, part, count);
      return new Piece(product, 0, rows, from, firstColumn(columns, part + 1, count) - from);
    }

    /** The first column of a part; the end of all columns behind the last part. */
    private static long firstColumn(long columns, int part, int count) {
      return part == count ? columns : columns * part / count / COLUMN_STEP * COLUMN_STEP;
    }

    /** The same operands, as matrices. */
    Product matrices() {
      Tensor result = matrix(whole.result, whole.right.size(1));
      Tensor left = matrix(whole.left, whole.right.size(0));
      if (rows == whole.rows() && columns == whole.right.size(1)) {
        return new Product(result, left, whole.right, whole.bias);
      }
      return new Product(
          result.narrow(0, row, rows).narrow(1, column, columns),
          left.narrow(0, row, rows),
          whole.right.narrow(1, column, columns),
          whole.bias == null ? null : whole.bias.narrow(0, column, columns));
    }

    private Tensor matrix(Tensor all, long width) {
      return all.dim() == 2 ? all : all.view(whole.rows(), width);
    }

    private void write(boolean byOneDnn) {
      if (byOneDnn) {
        OneDnnMatmul.write(this);
        return;
      }
      Product some = matrices();
      if (some.bias == null) {
        torch.mm_out(some.result, some.left, some.right);
      } else {
        torch.addmm_out(some.result, some.bias, some.left, some.right);
      }
    }
  }

  private Matmul() {}

  /**
   * The number of parts that these products are worth splitting into, if they are computed
   * together.
   */
  static int count(List<Product> products) {
    if (Workers.size() > 1 && OneDnnMatmul.hasFewRows(products.get(0))) {
      double numbers = products.stream().mapToDouble(one -> one.right.numel()).sum();
      int reads = (int) Math.min(PARTS_OF_FEW_ROWS * Workers.size(), numbers / LEAST_NUMBERS);
      return Math.max(parts(products), reads);
    }
    return parts(products);
  }

  private static int parts(List<Product> products) {
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
    for (int i = 0; i < count; i++) {
      int part = i;
      parts.add(
          () -> {
            try (var scope = new PointerScope()) {
              OneDnnMatmul.add(Piece.of(whole, part, count), first);
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
        var whole = List.of(Piece.all(products.get(i)));
        boolean useOneDnn = byOneDnn[i];
        parts.add(() -> write(whole, useOneDnn));
      }
    } else {
      boolean fewRows = OneDnnMatmul.hasFewRows(products.get(0));
      for (int i = 0; i < count; i++) {
        int part = i;
        parts.add(
            fewRows
                ? () -> writeStretch(products, part, count, byOneDnn)
                : () ->
                    write(
                        products.stream().map(whole -> Piece.of(whole, part, count)).toList(),
                        byOneDnn));
      }
    }
    Workers.run(parts);
  }

  /**
   * A stretch of the columns of all products, one product's behind the other's: with few rows, one
   * long read is faster than a short one of each.
   */
  private static void writeStretch(
      List<Product> products, int part, int count, boolean... byOneDnn) {
    long all = products.stream().mapToLong(one -> one.right.size(1)).sum();
    long from = Piece.firstColumn(all, part, count);
    long to = Piece.firstColumn(all, part + 1, count);
    try (var scope = new PointerScope()) {
      for (int i = 0; i < byOneDnn.length; i++) {
        Product whole = products.get(i);
        long columns = whole.right.size(1);
        long first = Math.max(0, from);
        long end = Math.min(columns, to);
        if (first < end) {
          new Piece(whole, 0, whole.rows(), first, end - first).write(byOneDnn[i]);
        }
        from -= columns;
        to -= columns;
      }
    }
  }

  private static void write(List<Piece> pieces, boolean... byOneDnn) {
    try (var scope = new PointerScope()) {
      for (int i = 0; i < byOneDnn.length; i++) {
        pieces.get(i).write(byOneDnn[i]);
      }
    }
  }
}
