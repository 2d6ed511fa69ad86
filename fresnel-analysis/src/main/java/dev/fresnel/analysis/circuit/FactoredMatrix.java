package dev.fresnel.analysis.circuit;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.LinearAlgebra;
import dev.fresnel.tensor.LinearAlgebra.Eigenvalues;
import dev.fresnel.tensor.LinearAlgebra.Svd;
import dev.fresnel.tensor.Tensor;

/**
 * A matrix of low rank, kept as the product of two thin ones, such as a head's W_Q times the
 * transpose of its W_K. Nothing here makes the whole matrix, except {@link #product}. Other axes
 * count matrices: a layer's heads, say.
 *
 * <pre>{@code
 * try (var scope = Scope.open()) {
 *   var ov = Circuits.ov(model).select(LAYER, 5).select(HEAD, 1);
 *   ov.svd().s();                       // [rank], the largest first
 *   ov.times(Circuits.ov(model)).norm();  // one number per head
 * }
 * }</pre>
 *
 * <p>A vector stands to the left of a matrix, as everywhere in Fresnel: {@code x W_V W_O}. What a
 * method returns belongs to the open scope.
 *
 * @param left [.., row, inner]
 * @param right [.., inner, column]
 */
public record FactoredMatrix(Tensor left, Tensor right) {
  /** Counts the matrix's rows. */
  public static final Dim ROW = new Dim("row");

  /** Counts the matrix's columns. */
  public static final Dim COLUMN = new Dim("column");

  /** The short axis between the factors. */
  public static final Dim INNER = new Dim("inner");

  /** Counts singular values, the largest first, and eigenvalues. */
  public static final Dim RANK = new Dim("rank");

  private static final Dim OTHER_INNER = new Dim("other_inner");
  private static final Dim OTHER_COLUMN = new Dim("other_column");

  /**
   * @throws FresnelException if an axis is missing, or the factors disagree about {@code inner}
   */
  public FactoredMatrix {
    left.size(ROW);
    right.size(COLUMN);
    if (left.size(INNER) != right.size(INNER)) {
      throw new FresnelException(
          "the factors of a matrix share the axis %s: the left has %d, the right %d"
              .formatted(INNER, left.size(INNER), right.size(INNER)));
    }
  }

  /**
   * The product of two tensors over one axis.
   *
   * @param rows the axis of {@code left} that becomes the rows
   * @param columns the axis of {@code right} that becomes the columns
   * @param over the axis that both have, and that the product sums over
   * @throws FresnelException if an axis is missing, or {@code over} has two lengths
   */
  public static FactoredMatrix of(Tensor left, Dim rows, Tensor right, Dim columns, Dim over) {
    return new FactoredMatrix(
        left.rename(rows, ROW).rename(over, INNER),
        right.rename(columns, COLUMN).rename(over, INNER));
  }

  /** How many rows the matrix has. */
  public long rows() {
    return left.size(ROW);
  }

  /** How many columns the matrix has. */
  public long columns() {
    return right.size(COLUMN);
  }

  /** The length of the axis between the factors: the rank is at most this. */
  public long inner() {
    return left.size(INNER);
  }

  /** The whole matrix [.., row, column]. */
  public Tensor product() {
    return left.dot(right, INNER);
  }

  /** Rows become columns. */
  public FactoredMatrix transposed() {
    return new FactoredMatrix(right.rename(COLUMN, ROW), left.rename(ROW, COLUMN));
  }

  // ---- parts ----

  /** The matrices with one index of an axis that counts matrices, such as one head's. */
  public FactoredMatrix select(Dim dim, long index) {
    return new FactoredMatrix(
        left.has(dim) ? left.select(dim, index) : left,
        right.has(dim) || !left.has(dim) ? right.select(dim, index) : right);
  }

  /** These rows alone, in that order. */
  public FactoredMatrix gatherRows(long... rows) {
    return new FactoredMatrix(left.gather(ROW, rows), right);
  }

  /** These columns alone, in that order. */
  public FactoredMatrix gatherColumns(long... columns) {
    return new FactoredMatrix(left, right.gather(COLUMN, columns));
  }

  // ---- products ----

  /** Every number of the matrix times a factor. */
  public FactoredMatrix times(double factor) {
    return new FactoredMatrix(left, right.times(factor));
  }

  /**
   * This matrix, then the other. The shorter of the two inner axes is kept.
   *
   * @throws FresnelException if the other has not as many rows as this has columns
   */
  public FactoredMatrix times(FactoredMatrix other) {
    requireSameLength(columns(), other.rows(), "columns", "the other's rows");
    Tensor otherLeft = other.left.rename(ROW, COLUMN).rename(INNER, OTHER_INNER);
    Tensor otherRight = other.right.rename(INNER, OTHER_INNER);
    Tensor between = right.dot(otherLeft, COLUMN); // [.., inner, other_inner]
    if (inner() <= other.inner()) {
      return new FactoredMatrix(left, between.dot(otherRight, OTHER_INNER));
    }
    Tensor joined = left.dot(between, INNER).rename(OTHER_INNER, INNER);
    return new FactoredMatrix(joined, other.right);
  }

  /**
   * Another matrix, then this one.
   *
   * @param rows its axis that becomes the rows
   * @param over its axis that meets this matrix's rows
   * @throws FresnelException if that is not as long as this matrix has rows
   */
  public FactoredMatrix after(Tensor matrix, Dim rows, Dim over) {
    requireSameLength(matrix.size(over), rows(), over.toString(), "rows");
    Tensor before = matrix.rename(rows, OTHER_COLUMN).rename(over, ROW);
    return new FactoredMatrix(before.dot(left, ROW).rename(OTHER_COLUMN, ROW), right);
  }

  /**
   * This matrix, then another one.
   *
   * @param over its axis that meets this matrix's columns
   * @param columns its axis that becomes the columns
   * @throws FresnelException if {@code over} is not as long as this matrix has columns
   */
  public FactoredMatrix then(Tensor matrix, Dim over, Dim columns) {
    requireSameLength(columns(), matrix.size(over), "columns", over.toString());
    Tensor behind = matrix.rename(columns, OTHER_COLUMN).rename(over, COLUMN);
    return new FactoredMatrix(left, right.dot(behind, COLUMN).rename(OTHER_COLUMN, COLUMN));
  }

  /**
   * A vector through the matrix [.., column].
   *
   * @param over the vector's axis that meets the rows
   * @throws FresnelException if that is not as long as the matrix has rows
   */
  public Tensor apply(Tensor vector, Dim over) {
    requireSameLength(vector.size(over), rows(), over.toString(), "rows");
    return vector.rename(over, ROW).dot(left, ROW).dot(right, INNER);
  }

  // ---- what the matrix is like ----

  /**
   * The singular value decomposition: {@code u} [.., row, rank], {@code s} [.., rank], {@code v}
   * [.., rank, column]. It decomposes a matrix as small as the inner axis.
   */
  public Svd svd() {
    var a = LinearAlgebra.qr(left, ROW, INNER, OTHER_INNER);
    var b = LinearAlgebra.qr(right, COLUMN, INNER, OTHER_COLUMN);
    var middle = LinearAlgebra.svd(a.r().dot(b.r(), INNER), OTHER_INNER, OTHER_COLUMN, RANK);
    return new Svd(
        a.q().dot(middle.u(), OTHER_INNER), middle.s(), middle.v().dot(b.q(), OTHER_COLUMN));
  }

  /** The same matrix, in which both factors have an equal share of the singular values. */
  public FactoredMatrix even() {
    var svd = svd();
    Tensor root = svd.s().sqrt();
    return new FactoredMatrix(
        svd.u().times(root).rename(RANK, INNER), svd.v().times(root).rename(RANK, INNER));
  }

  /**
   * The eigenvalues that need not be 0 [.., rank], as many as the inner axis is long, in no
   * particular order.
   *
   * @throws FresnelException if the matrix has not as many rows as columns
   */
  public Eigenvalues eigenvalues() {
    requireSameLength(columns(), rows(), "columns", "rows");
    Tensor turned = right.rename(INNER, OTHER_INNER).rename(COLUMN, ROW).dot(left, ROW);
    return LinearAlgebra.eigenvalues(turned.rename(OTHER_INNER, RANK), RANK, INNER);
  }

  /**
   * The sum of the diagonal, which is that of the eigenvalues: a number per matrix.
   *
   * @throws FresnelException if the matrix has not as many rows as columns
   */
  public Tensor trace() {
    requireSameLength(columns(), rows(), "columns", "rows");
    return left.dot(right.rename(COLUMN, ROW), ROW, INNER);
  }

  /**
   * The Frobenius norm, a number per matrix: the root of the sum of all squares. It takes the
   * products of each factor with itself, as small as the inner axis, in float64.
   */
  public Tensor norm() {
    Tensor leftGram = gram(left, ROW);
    Tensor rightGram = gram(right, COLUMN);
    Tensor square = leftGram.dot(rightGram, INNER, OTHER_INNER);
    return square.where(positive(square), square.times(0)).sqrt().to(left.dtype());
  }

  /** Rounding can bring a square below 0. */
  private static Tensor positive(Tensor square) {
    return square.plus(square.abs());
  }

  /** A factor's product with itself [.., inner, other_inner], float64. */
  private static Tensor gram(Tensor factor, Dim over) {
    Tensor exact = factor.to(DType.FLOAT64);
    return exact.dot(exact.rename(INNER, OTHER_INNER), over);
  }

  /**
   * How much the other matrix reads of what this one writes: the norm of the product, divided by
   * both norms. A number from 0 to 1 per matrix, NaN where one is all zeros; an axis that both have
   * counts the same matrices in both.
   *
   * <p>Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
   *
   * @throws FresnelException if the other has not as many rows as this has columns
   */
  public Tensor composition(FactoredMatrix other) {
    return times(other).norm().dividedBy(norm()).dividedBy(other.norm());
  }

  private static void requireSameLength(long own, long other, String what, String with) {
    if (own != other) {
      throw new FresnelException(
          "%s and %s must have one length to be multiplied; they have %d and %d"
              .formatted(what, with, own, other));
    }
  }
}
