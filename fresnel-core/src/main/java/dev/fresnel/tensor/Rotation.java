package dev.fresnel.tensor;

import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Turns pairs of numbers by angles: {@code (a, b)} to {@code (a cos - b sin, b cos + a sin)}. Where
 * no gradients are recorded, each core turns its own part, in two passes.
 */
public final class Rotation {
  private final Dim dim;
  private final boolean halves;
  private final Tensor cos;
  private final Tensor sin;

  /**
   * @param dim the axis of the pairs
   * @param halves whether pairs are (i, i + half the axis) or neighbours (2 i, 2 i + 1)
   * @param cos of each number's angle, both of a pair alike; the axis, and others that what is
   *     turned has too
   * @param sin the same, negative for the first of each pair
   */
  public Rotation(Dim dim, boolean halves, Tensor cos, Tensor sin) {
    this.dim = dim;
    this.halves = halves;
    this.cos = cos;
    this.sin = sin;
  }

  /** The same shape, turned. */
  public Tensor of(Tensor x) {
    var raw = x.raw();
    int axis = x.shape().index(dim);
    var c = Alignment.within(x, cos.to(x.dtype()));
    var s = Alignment.within(x, sin.to(x.dtype()));
    var result =
        PointsInParts.combined(
            x.shape().toArray(),
            List.of(raw, c, s),
            () -> Gradients.areRecorded(raw) ? recorded(raw, c, s, axis) : turned(raw, c, s, axis),
            (to, parts) -> write(to, parts.get(0), parts.get(1), parts.get(2), axis));
    return new Tensor(result, x.dims());
  }

  private org.bytedeco.pytorch.Tensor turned(
      org.bytedeco.pytorch.Tensor x,
      org.bytedeco.pytorch.Tensor c,
      org.bytedeco.pytorch.Tensor s,
      int axis) {
    var result = torch.empty_like(x);
    write(result, x, c, s, axis);
    return result;
  }

  private void write(
      org.bytedeco.pytorch.Tensor result,
      org.bytedeco.pytorch.Tensor x,
      org.bytedeco.pytorch.Tensor c,
      org.bytedeco.pytorch.Tensor s,
      int axis) {
    torch.mul_out(result, x, c);
    for (int side = 0; side < 2; side++) {
      side(result, axis, side).addcmul_(side(x, axis, 1 - side), side(s, axis, side));
    }
  }

  private org.bytedeco.pytorch.Tensor recorded(
      org.bytedeco.pytorch.Tensor x,
      org.bytedeco.pytorch.Tensor c,
      org.bytedeco.pytorch.Tensor s,
      int axis) {
    var rolled = halves ? x.roll(new long[] {x.size(axis) / 2}, axis) : neighbours(x, axis);
    return x.mul(c).addcmul(rolled, s);
  }

  private static org.bytedeco.pytorch.Tensor neighbours(org.bytedeco.pytorch.Tensor x, int axis) {
    long[] sizes = x.shape();
    return x.unflatten(axis, sizes[axis] / 2, 2).flip(axis + 1).flatten(axis, axis + 1);
  }

  /** The first or the second of each pair: a view. */
  private org.bytedeco.pytorch.Tensor side(org.bytedeco.pytorch.Tensor x, int axis, int side) {
    long length = x.size(axis);
    return halves
        ? x.narrow(axis, side * length / 2, length / 2)
        : x.slice(axis, new LongOptional(side), new LongOptional(length), 2);
  }
}
