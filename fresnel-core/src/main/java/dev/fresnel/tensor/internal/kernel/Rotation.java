package dev.fresnel.tensor.internal.kernel;

import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The angles by which pairs of numbers along the innermost axis are rotated: {@code (a, b)} becomes
 * {@code (a cos - b sin, b cos + a sin)}.
 *
 * @param halves true if pairs are (i, i + half the axis), false if they are neighbours (2 i, 2 i +
 *     1)
 * @param cos the cosine for each number, the same for both numbers of a pair; broadcast to the
 *     rotated tensor
 * @param sin the sine for each number, negated for the first of each pair; the same shape
 */
public record Rotation(boolean halves, Tensor cos, Tensor sin) {

  /** Rotates by libtorch's operations, which it can record. */
  Tensor plain(Tensor x) {
    int axis = (int) x.dim() - 1;
    var rolled = halves ? x.roll(new long[] {x.size(axis) / 2}, axis) : neighbours(x, axis);
    return x.mul(like(cos, x)).addcmul(rolled, like(sin, x));
  }

  /**
   * Rotates in two passes over memory, split among the cores; by {@link #plain} if libtorch
   * records.
   */
  Tensor inParts(Tensor x) {
    if (FewNumbers.areRotated(x, cos, sin)) {
      return FewNumbers.rotated(x, halves, cos, sin);
    }
    int axis = (int) x.dim() - 1;
    return Elementwise.combined(
        x.shape(),
        List.of(x, like(cos, x), like(sin, x)),
        () -> Recording.isOn(x) ? plain(x) : turned(x, like(cos, x), like(sin, x), axis),
        (to, parts) -> write(to, parts.get(0), parts.get(1), parts.get(2), axis));
  }

  /** Rotates, recorded on the tape: the gradient is rotated back. */
  Tensor recorded(RawTape tape, Tensor x) {
    var result = Recording.off(() -> inParts(x));
    tape.record(
        List.of(x, cos, sin),
        List.of(result),
        (in, gradients) ->
            List.of(new Rotation(halves, in.get(1), in.get(2).neg()).inParts(gradients.get(0))));
    return result;
  }

  private static Tensor like(Tensor table, Tensor x) {
    return table.scalar_type().intern() == x.scalar_type().intern()
        ? table
        : table.to(x.scalar_type());
  }

  private Tensor turned(Tensor x, Tensor c, Tensor s, int axis) {
    var result = torch.empty_like(x);
    write(result, x, c, s, axis);
    return result;
  }

  private void write(Tensor result, Tensor x, Tensor c, Tensor s, int axis) {
    torch.mul_out(result, x, c);
    for (int side = 0; side < 2; side++) {
      side(result, axis, side).addcmul_(side(x, axis, 1 - side), side(s, axis, side));
    }
  }

  private static Tensor neighbours(Tensor x, int axis) {
    long[] sizes = x.shape();
    return x.unflatten(axis, sizes[axis] / 2, 2).flip(axis + 1).flatten(axis, axis + 1);
  }

  /** A view of the first or the second number of each pair. */
  private Tensor side(Tensor x, int axis, int side) {
    long length = x.size(axis);
    return halves
        ? x.narrow(axis, side * length / 2, length / 2)
        : x.slice(axis, new LongOptional(side), new LongOptional(length), 2);
  }
}
