package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Factorizations of matrices. Two named axes of a tensor are the matrix; for each index of its
 * other axes there is one. The numbers are float32 or float64.
 */
public final class LinearAlgebra {
  private LinearAlgebra() {}

  /**
   * A matrix as a product.
   *
   * @param q orthonormal columns [.., rows, inner]
   * @param r upper triangular [.., inner, columns]
   */
  public record Qr(Tensor q, Tensor r) {}

  /**
   * A matrix as a sum of products of vectors, the largest first.
   *
   * @param u orthonormal columns [.., rows, rank]
   * @param s singular values, at least 0 [.., rank]
   * @param v orthonormal rows [.., rank, columns]
   */
  public record Svd(Tensor u, Tensor s, Tensor v) {}

  /**
   * The eigenvalues of a square matrix, in no particular order.
   *
   * @param real their real parts [.., rows]
   * @param imaginary their imaginary parts [.., rows]
   */
  public record Eigenvalues(Tensor real, Tensor imaginary) {}

  /** The thin QR factorization. The inner axis is as long as the shorter of the two. */
  public static Qr qr(Tensor x, Dim rows, Dim columns, Dim inner) {
    try (var use = Use.open();
        var found = torch.linalg_qr(matrices(x, rows, columns).raw())) {
      // what get0 and get1 give is part of the pair, and is freed with it
      return new Qr(
          new Tensor(
              new org.bytedeco.pytorch.Tensor(found.get0()), axes(x, rows, columns, rows, inner)),
          new Tensor(
              new org.bytedeco.pytorch.Tensor(found.get1()),
              axes(x, rows, columns, inner, columns)));
    } catch (RuntimeException e) {
      throw Refused.by(e, "qr", x);
    }
  }

  /** The thin singular value decomposition: as many values as the shorter axis is long. */
  public static Svd svd(Tensor x, Dim rows, Dim columns, Dim rank) {
    try (var use = Use.open();
        var usual = new StringViewOptional();
        var found = torch.linalg_svd(matrices(x, rows, columns).raw(), false, usual)) {
      return new Svd(
          new Tensor(
              new org.bytedeco.pytorch.Tensor(found.get0()), axes(x, rows, columns, rows, rank)),
          new Tensor(new org.bytedeco.pytorch.Tensor(found.get1()), axes(x, rows, columns, rank)),
          new Tensor(
              new org.bytedeco.pytorch.Tensor(found.get2()),
              axes(x, rows, columns, rank, columns)));
    } catch (RuntimeException e) {
      throw Refused.by(e, "svd", x);
    }
  }

  /** The eigenvalues of a matrix with as many rows as columns. */
  public static Eigenvalues eigenvalues(Tensor x, Dim rows, Dim columns) {
    try (var use = Use.open();
        var complex = torch.linalg_eigvals(matrices(x, rows, columns).raw());
        var real = torch.real(complex);
        var imaginary = torch.imag(complex)) {
      var dims = axes(x, rows, columns, rows);
      return new Eigenvalues(
          new Tensor(real.contiguous().clone(), dims),
          new Tensor(imaginary.contiguous().clone(), dims));
    } catch (RuntimeException e) {
      throw Refused.by(e, "eigenvalues", x);
    }
  }

  /** The tensor with the matrix's axes innermost. */
  private static Tensor matrices(Tensor x, Dim rows, Dim columns) {
    x.size(rows);
    x.size(columns);
    return x.order(axes(x, rows, columns, rows, columns));
  }

  /** The axes besides the matrix's, then these. */
  private static List<Dim> axes(Tensor x, Dim rows, Dim columns, Dim... then) {
    var dims = new ArrayList<>(x.dims());
    dims.remove(rows);
    dims.remove(columns);
    dims.addAll(List.of(then));
    return dims;
  }
}
