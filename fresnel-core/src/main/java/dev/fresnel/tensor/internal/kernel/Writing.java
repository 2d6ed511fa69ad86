package dev.fresnel.tensor.internal.kernel;

import java.lang.ref.Reference;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/** Writes into a range of a tensor. */
public final class Writing {
  private Writing() {}

  /**
   * Writes {@code from} to the indices of an axis that start at {@code at}. Where that is one block
   * of memory, it is copied as such: for one position, libtorch's copy and the view for it take
   * longer than the copying.
   *
   * @param to contiguous, with from's sizes on the other axes
   */
  public static void write(Tensor to, int axis, long at, Tensor from) {
    if (!isBlock(to, axis, from)) {
      to.narrow(axis, at, from.size(axis)).copy_(from);
      return;
    }
    long width = from.element_size();
    long start = at * to.stride(axis) * width;
    Pointer.memcpy(
        new BytePointer(to.data_ptr()).position(start),
        new BytePointer(from.data_ptr()),
        from.numel() * width);
    Reference.reachabilityFence(List.of(to, from));
  }

  private static boolean isBlock(Tensor to, int axis, Tensor from) {
    for (int outer = 0; outer < axis; outer++) {
      if (to.size(outer) != 1) {
        return false;
      }
    }
    return from.is_cpu()
        && to.is_cpu()
        && from.is_contiguous()
        && from.scalar_type().intern() == to.scalar_type().intern()
        && !Recording.isOn(from, to);
  }
}
