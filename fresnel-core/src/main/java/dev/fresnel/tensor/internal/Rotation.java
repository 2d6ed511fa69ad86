package dev.fresnel.tensor.internal;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.List;

/**
 * The angles by which pairs of numbers along an axis are rotated: {@code (a, b)} becomes {@code (a
 * cos - b sin, b cos + a sin)}.
 *
 * @param along the axis of the pairs
 * @param halves true if pairs are (i, i + half the axis), false if they are neighbours (2 i, 2 i +
 *     1)
 * @param cos the cosine for each number, the same for both numbers of a pair; has {@code along} and
 *     any other axes of the rotated tensor
 * @param sin the sine for each number, negated for the first of each pair; the same axes
 */
public record Rotation(Dim along, boolean halves, Tensor cos, Tensor sin) {
  dev.fresnel.tensor.internal.kernel.Rotation raw(List<Dim> dims) {
    return new dev.fresnel.tensor.internal.kernel.Rotation(
        halves, ScaledSum.aligned(cos, dims), ScaledSum.aligned(sin, dims));
  }
}
