package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Libtorch;
import dev.fresnel.tensor.internal.kernel.Use;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Copies numbers between Java arrays and libtorch's memory. Checks every length, since libtorch
 * does not.
 */
final class TensorData {
  private TensorData() {}

  static Tensor of(Shape shape, float[] values) {
    var empty = empty(shape, DType.FLOAT32, values.length);
    if (values.length > 0) {
      try (var use = Use.open()) {
        empty.raw().data_ptr_float().put(values);
      }
    }
    return empty;
  }

  static Tensor of(Shape shape, long[] values) {
    var empty = empty(shape, DType.INT64, values.length);
    if (values.length > 0) {
      try (var use = Use.open()) {
        empty.raw().data_ptr_long().put(values);
      }
    }
    return empty;
  }

  static Tensor strided(Tensor storage, long offset, Shape to, long[] strides) {
    if (storage.shape().rank() != 1 || strides.length != to.rank()) {
      throw new FresnelException(
          "a strided view needs a one-dimensional tensor and one stride per axis, got "
              + storage.shape()
              + " and "
              + strides.length
              + " strides for "
              + to);
    }
    long last = offset;
    for (int i = 0; i < strides.length; i++) {
      if (strides[i] < 0) {
        throw new FresnelException("a stride is negative: " + strides[i]);
      }
      last = reached(last, Math.max(0, to.sizes().get(i) - 1), strides[i]);
    }
    long available = storage.shape().count();
    if (offset < 0 || offset > available || (to.count() > 0 && last >= available)) {
      throw new FresnelException(
          "a view "
              + to
              + " from "
              + offset
              + " reaches "
              + last
              + ", past the end at "
              + available);
    }
    try (var use = Use.open()) {
      var base = storage.raw();
      return new Tensor(
          base.as_strided(to.toArray(), strides, new LongOptional(base.storage_offset() + offset)),
          to.dims());
    }
  }

  /** The sum, or the largest long where it is more: past the end of any tensor. */
  private static long reached(long from, long steps, long stride) {
    try {
      return Math.addExact(from, Math.multiplyExact(steps, stride));
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  static Tensor full(Shape shape, double value) {
    Libtorch.load();
    try (var scalar = new Scalar(value);
        var options = new TensorOptions(DType.FLOAT32.raw)) {
      return new Tensor(torch.full(shape.toArray(), scalar, options), shape.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, shape);
    }
  }

  private static Tensor empty(Shape shape, DType type, int given) {
    if (shape.count() != given) {
      throw new FresnelException(
          "a tensor " + shape + " needs " + shape.count() + " numbers, got " + given);
    }
    return empty(shape, type);
  }

  /** A tensor with uninitialized numbers. */
  static Tensor empty(Shape shape, DType type) {
    Libtorch.load();
    try (var options = new TensorOptions(type.raw)) {
      return new Tensor(
          torch.empty(shape.toArray(), options, new org.bytedeco.pytorch.MemoryFormatOptional()),
          shape.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, shape);
    }
  }

  static DType type(Tensor tensor) {
    try (var use = Use.open()) {
      return DType.of(tensor.raw().scalar_type());
    }
  }

  static Tensor to(Tensor tensor, Device device) {
    try (var place = new org.bytedeco.pytorch.Device(device.toString())) {
      return Pointwise.of(tensor, "to", raw -> raw.to(place, raw.scalar_type()));
    }
  }

  static Tensor contiguous(Tensor tensor) {
    try (var use = Use.open()) {
      var raw = tensor.raw();
      return raw.is_contiguous() ? tensor : new Tensor(raw.contiguous(), tensor.dims());
    }
  }

  static boolean shareMemory(Tensor one, Tensor other) {
    try (var use = Use.open()) {
      return one.raw().is_alias_of(other.raw());
    }
  }

  static double item(Tensor tensor) {
    if (tensor.shape().count() != 1) {
      throw new FresnelException(
          "item() needs a tensor with one number, this is " + tensor.shape());
    }
    try (var use = Use.open()) {
      return tensor.dtype() == DType.FLOAT32
          ? tensor.raw().item_float()
          : tensor.to(DType.FLOAT64).raw().item_double();
    }
  }

  /**
   * The length of an array with a tensor's numbers.
   *
   * @param each array elements per number
   */
  private static int length(Tensor tensor, int each) {
    long count = tensor.shape().count();
    if (count > Integer.MAX_VALUE / each) {
      throw new FresnelException(
          "%s has %d numbers, more than a Java array holds; take a part of it, with slice or select"
              .formatted(tensor, count));
    }
    return (int) count * each;
  }

  static byte[] bytes(Tensor tensor) {
    var bytes = new byte[length(tensor, tensor.dtype().bytes())];
    if (bytes.length > 0) {
      try (var use = Use.open();
          var scope = new PointerScope()) {
        new BytePointer(tensor.contiguous().raw().data_ptr()).capacity(bytes.length).get(bytes);
      }
    }
    return bytes;
  }

  static float[] floats(Tensor tensor) {
    var values = new float[length(tensor, 1)];
    if (values.length > 0) {
      try (var use = Use.open();
          var scope = new PointerScope()) {
        tensor.to(DType.FLOAT32).contiguous().raw().data_ptr_float().get(values);
      }
    }
    return values;
  }

  static long[] longs(Tensor tensor) {
    var values = new long[length(tensor, 1)];
    if (values.length > 0) {
      try (var use = Use.open();
          var scope = new PointerScope()) {
        tensor.to(DType.INT64).contiguous().raw().data_ptr_long().get(values);
      }
    }
    return values;
  }
}
