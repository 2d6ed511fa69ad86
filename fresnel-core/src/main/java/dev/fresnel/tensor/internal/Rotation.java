package dev.fresnel.tensor.internal;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.List;

/**
 * Angles by which pairs of numbers along an axis are turned: {@code (a, b)} to {@code (a cos - b
 * sin, b cos + a sin)}.
 *
 * @param along the axis of the pairs
 * @param halves whether pairs are (i, i + half the axis) or neighbours (2 i, 2 i + 1)
 * @param cos each number's cosine, alike for both of a pair; {@code along}, and other axes of what
 *     is turned
 * @param sin each number's sine, negative for the first of each pair; the same axes
 */
public record Rotation(Dim along, boolean halves, Tensor cos, Tensor sin) {
  dev.fresnel.tensor.internal.kernel.Rotation raw(List<Dim> dims) {
    return new dev.fresnel.tensor.internal.kernel.Rotation(
        halves, ScaledSum.aligned(cos, dims), ScaledSum.aligned(sin, dims));
  }
}
