package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.HashSet;

/**
 * Checks tensors that callers give to a model.
 *
 * @param type the type of the weights that read them
 */
record Given(Sizes sizes, DType type) {
  /** Any axes, d_model among them. */
  Tensor vectors(Tensor x) {
    if (!fits(x, D_MODEL, sizes.dModel()) || x.dtype() != type) {
      throw refused("[.., d_model %d]".formatted(sizes.dModel()), x);
    }
    return x;
  }

  /** The mixed values of all heads. */
  Tensor z(Tensor x) {
    if (!new HashSet<>(x.dims()).equals(new HashSet<>(HookKind.Z.dims()))
        || !fits(x, HEAD, sizes.heads())
        || !fits(x, D_HEAD, sizes.dHead())
        || x.dtype() != type) {
      throw refused("[batch, pos, head %d, d_head %d]".formatted(sizes.heads(), sizes.dHead()), x);
    }
    return x;
  }

  /** The residual stream of a run of these tokens. */
  Tensor residual(Tensor x, Tokens tokens) {
    var expected =
        Shape.of(BATCH, tokens.batch()).and(POS, tokens.length()).and(D_MODEL, sizes.dModel());
    if (!x.shape().equals(expected) || x.dtype() != type) {
      throw refused(expected.toString(), x);
    }
    return x;
  }

  private static boolean fits(Tensor x, Dim dim, int size) {
    return x.has(dim) && x.size(dim) == size;
  }

  private FresnelException refused(String expected, Tensor actual) {
    return new FresnelException(
        "this model reads %s %s, got %s%s"
            .formatted(
                expected,
                type.label(),
                actual,
                actual.dtype() == type ? "" : "; convert it with to(DType." + type + ")"));
  }
}
