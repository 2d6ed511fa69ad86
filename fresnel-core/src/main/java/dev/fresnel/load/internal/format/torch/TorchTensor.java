package dev.fresnel.load.internal.format.torch;

import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.FileShape;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.List;

/**
 * A tensor as a checkpoint describes it: a view of a storage, which does not reach outside it.
 *
 * @param offset the first number's place in the storage, counted in numbers
 * @param strides how many numbers apart neighbours along each axis are
 * @param reach how many numbers of the storage the tensor spans, first and last included
 */
record TorchTensor(TorchStorage storage, long offset, Shape shape, List<Long> strides, long reach) {
  /** A view may repeat numbers, as expanded tensors do, but not blow a few bytes up without end. */
  private static final long MOST_REPEATED = 1 << 24;

  static TorchTensor of(
      DataFile file, TorchStorage storage, long offset, List<Long> sizes, List<Long> strides) {
    String at = "a tensor of storage " + StrictJson.shown(storage.key());
    var shape = FileShape.of(sizes, problem -> file.malformed(at + " " + problem));
    if (strides.size() != sizes.size()) {
      throw file.malformed(
          at + " has " + sizes.size() + " sizes, but " + strides.size() + " strides");
    }
    long reach = reach(file, at, sizes, strides);
    if (shape.count() == 0) {
      reach = 0;
    }
    if (offset < 0
        || storage.count() < 0
        || offset > storage.count()
        || reach > storage.count() - offset) {
      throw file.malformed(
          at
              + " "
              + sizes
              + " with strides "
              + strides
              + " from "
              + offset
              + " reaches "
              + reach
              + " numbers far, past the storage's "
              + storage.count());
    }
    if (shape.count() > Math.max(storage.count(), MOST_REPEATED)) {
      throw file.error(
          at
              + " "
              + sizes
              + " repeats the "
              + storage.count()
              + " numbers of its storage too often; save it"
              + " after calling contiguous()");
    }
    return new TorchTensor(storage, offset, shape, List.copyOf(strides), reach);
  }

  private static long reach(DataFile file, String at, List<Long> sizes, List<Long> strides) {
    long reach = 1;
    for (int i = 0; i < sizes.size(); i++) {
      long stride = strides.get(i);
      try {
        if (stride < 0) {
          throw new ArithmeticException("negative");
        }
        reach = Math.addExact(reach, Math.multiplyExact(Math.max(0, sizes.get(i) - 1), stride));
      } catch (ArithmeticException e) {
        throw file.malformed(
            at + " has sizes " + sizes + " and strides " + strides + ", which cannot be", e);
      }
    }
    return reach;
  }

  /** The numbers, mapped. */
  Tensor read(DataFile file, long storageOffset) {
    long start = storageOffset + offset * storage.type().bytes();
    if (shape.count() == 0 || isContiguous()) {
      return file.tensor(start, storage.type(), shape);
    }
    return file.tensor(start, storage.type(), Shape.of(Dim.axis(0), reach))
        .strided(0, shape, strides.stream().mapToLong(Long::longValue).toArray());
  }

  private boolean isContiguous() {
    long expected = 1;
    for (int i = strides.size() - 1; i >= 0; i--) {
      long size = shape.sizes().get(i);
      if (size != 1 && strides.get(i) != expected) {
        return false;
      }
      expected *= size;
    }
    return true;
  }
}
