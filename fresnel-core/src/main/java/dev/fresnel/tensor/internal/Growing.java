package dev.fresnel.tensor.internal;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.Use;
import dev.fresnel.tensor.internal.kernel.Writing;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that grows along one axis, in memory that is reserved once: adding one position copies
 * that position alone. It is the one tensor whose memory is written to after it was made. Nobody
 * may read the indices that are being written.
 */
public final class Growing {
  private final Dim along;
  private final long most;
  private final Owner owner;
  private final String label;
  private @Nullable Tensor room;

  /**
   * @param most the largest size of the axis
   * @param owner frees the memory when it is closed
   * @param label what the tensor is, for error messages
   */
  public Growing(Dim along, long most, Owner owner, String label) {
    this.along = along;
    this.most = most;
    this.owner = owner;
    this.label = label;
  }

  /**
   * The first indices of the axis: a view.
   *
   * @throws FresnelException if nothing was written yet
   */
  public Tensor first(long length) {
    if (room == null) {
      throw new FresnelException(label + " are empty");
    }
    return room.slice(along, 0, length);
  }

  /**
   * Writes a tensor behind the first {@code at} indices of the axis. The first one decides the
   * other axes.
   *
   * @return a view of everything up to the end of what was written
   * @throws FresnelException if there is no room for it, or another axis differs
   */
  public Tensor append(long at, Tensor more) {
    long end = at + more.size(along);
    if (end > most) {
      throw new FresnelException(
          "%s have room for %d of %s, not for %d".formatted(label, most, along, end));
    }
    if (room == null) {
      room = reserved(more);
    }
    requireFits(room.shape(), more.shape());
    try (var use = Use.open()) {
      int axis = room.shape().index(along);
      Writing.write(room.unwrap(), axis, at, more.order(room.dims()).unwrap());
    }
    return first(end);
  }

  /** Checks that all axes agree, except the one that grows. */
  private void requireFits(Shape room, Shape more) {
    var others = room.dims().stream().filter(dim -> !dim.equals(along)).toList();
    room.only(others).requireAgrees(more);
  }

  /** Memory that is not written to, so that the system provides only what is used of it. */
  private Tensor reserved(Tensor like) {
    long[] sizes = like.shape().toArray();
    sizes[like.shape().index(along)] = most;
    try (var use = Use.open()) {
      return owner.keep(Tensor.wrap(like.unwrap().new_empty(sizes), like.dims()), label);
    }
  }
}
