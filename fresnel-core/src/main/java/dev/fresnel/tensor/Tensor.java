package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Elementwise;
import dev.fresnel.tensor.internal.kernel.MemoryLimit;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.List;
import org.bytedeco.pytorch.global.torch;

/**
 * Numbers in native memory, with a name for each axis. No method changes values in place: each
 * returns a new tensor, often a view of the same memory.
 *
 * <p>Operations find axes by name, not by index. Axes with the same name are matched, whatever
 * their order. An axis that only one tensor has is broadcast. If sizes disagree, the error names
 * the dimension and both sizes.
 *
 * <pre>{@code
 * q.rename(POS, QUERY).dot(k.rename(POS, KEY), D_HEAD);   // [batch, head, query, key]
 * }</pre>
 *
 * <p>{@link Scope} and {@link Owner} decide when the memory is freed.
 */
public final class Tensor {
  private final Handle handle;
  private final Shape shape;

  Tensor(org.bytedeco.pytorch.Tensor raw, List<Dim> dims) {
    this(new Handle(raw), Shape.of(dims, raw.shape()));
  }

  private Tensor(Handle handle, Shape shape) {
    this.handle = handle;
    this.shape = shape;
    MemoryLimit.made(shape.count());
  }

  // ---- creating ----

  /** A tensor of float32 numbers, given outermost axis first. */
  public static Tensor of(Shape shape, float... values) {
    return TensorData.of(shape, values);
  }

  /** A tensor of int64 numbers, given outermost axis first. */
  public static Tensor ofLongs(Shape shape, long... values) {
    return TensorData.of(shape, values);
  }

  /** A float32 tensor with one value everywhere. */
  public static Tensor full(Shape shape, double value) {
    return TensorData.full(shape, value);
  }

  /** Names the axes of a libtorch tensor and shares its memory. The inverse of {@link #unwrap}. */
  public static Tensor wrap(org.bytedeco.pytorch.Tensor raw, Dim... dims) {
    return new Tensor(raw, List.of(dims));
  }

  public static Tensor wrap(org.bytedeco.pytorch.Tensor raw, List<Dim> dims) {
    return new Tensor(raw, dims);
  }

  /** Joins tensors of one shape along a new outermost axis. */
  public static Tensor stack(Dim dim, List<Tensor> parts) {
    return Layout.joined(parts, dim, true);
  }

  /** Joins tensors along an existing axis; all other axes must agree. */
  public static Tensor concatenate(Dim dim, List<Tensor> parts) {
    return Layout.joined(parts, dim, false);
  }

  // ---- shape, type and numbers ----

  public Shape shape() {
    return shape;
  }

  public List<Dim> dims() {
    return shape.dims();
  }

  public long size(Dim dim) {
    return shape.size(dim);
  }

  public boolean has(Dim dim) {
    return shape.has(dim);
  }

  public DType dtype() {
    return TensorData.type(this);
  }

  /** The numbers as Java floats, outermost axis first: a copy. */
  public float[] floats() {
    return TensorData.floats(this);
  }

  /** The numbers as Java longs, outermost axis first: a copy. */
  public long[] longs() {
    return TensorData.longs(this);
  }

  /** The numbers as bytes, little-endian, outermost axis first: a copy. */
  public byte[] bytes() {
    return TensorData.bytes(this);
  }

  /** The number of a tensor that has exactly one. */
  public double item() {
    return TensorData.item(this);
  }

  // ---- names and order ----

  /** The same numbers with one axis renamed. */
  public Tensor rename(Dim from, Dim to) {
    return Layout.renamed(this, from, to);
  }

  /** The same numbers with all axes renamed, in order. */
  public Tensor named(Dim... dims) {
    return Layout.named(this, List.of(dims));
  }

  /** A view with the axes in this order. Name every axis once. */
  public Tensor order(Dim... dims) {
    return order(List.of(dims));
  }

  public Tensor order(List<Dim> dims) {
    return Layout.ordered(this, dims);
  }

  /** Splits one axis into several of these sizes, outermost first. */
  public Tensor split(Dim dim, Shape parts) {
    return Layout.split(this, dim, parts);
  }

  /** Merges two axes into one; the first varies slowest. */
  public Tensor merge(Dim first, Dim second, Dim into) {
    return Layout.merged(this, first, second, into);
  }

  /** Adds a new innermost axis of size 1. */
  public Tensor unsqueeze(Dim dim) {
    return Layout.reshaped(this, shape.and(dim, 1));
  }

  /** Drops an axis of size 1. */
  public Tensor squeeze(Dim dim) {
    return Layout.dropped(this, dim);
  }

  // ---- parts ----

  /** Takes one index of an axis and drops the axis. Negative indices count from the end. */
  public Tensor select(Dim dim, long index) {
    return Indexing.select(this, dim, index);
  }

  /** The indices {@code from} (included) to {@code to} (excluded) of an axis. */
  public Tensor slice(Dim dim, long from, long to) {
    return Indexing.slice(this, dim, from, to);
  }

  /** The given indices of an axis, in that order; an index may be repeated. */
  public Tensor gather(Dim dim, long... indices) {
    return Indexing.gather(this, dim, indices);
  }

  /** Repeats each index of an axis this many times in a row. */
  public Tensor repeatEach(Dim dim, long times) {
    return Indexing.repeatEach(this, dim, times);
  }

  /** A copy with one index of an axis set to a value everywhere: {@code z.with(HEAD, 1, 0.0)}. */
  public Tensor with(Dim dim, long index, double value) {
    return Indexing.with(this, dim, index, value);
  }

  /**
   * A copy with one index of an axis replaced. The part has the other axes; it is broadcast along
   * those it lacks.
   */
  public Tensor with(Dim dim, long index, Tensor part) {
    return Indexing.with(this, dim, index, part);
  }

  // ---- arithmetic; axes are matched by name ----

  public Tensor plus(Tensor other) {
    return Broadcasting.combine("plus", this, other, Elementwise::sum, torch::add_out);
  }

  public Tensor minus(Tensor other) {
    return Broadcasting.combine(
        "minus", this, other, org.bytedeco.pytorch.Tensor::sub, torch::sub_out);
  }

  public Tensor times(Tensor other) {
    return Broadcasting.combine(
        "times", this, other, org.bytedeco.pytorch.Tensor::mul, torch::mul_out);
  }

  public Tensor dividedBy(Tensor other) {
    return Broadcasting.combine(
        "dividedBy", this, other, org.bytedeco.pytorch.Tensor::div, torch::div_out);
  }

  /** Integers become float32, as in all arithmetic with a Java number. */
  public Tensor plus(double value) {
    return Pointwise.plus(this, value);
  }

  public Tensor minus(double value) {
    return plus(-value);
  }

  public Tensor times(double value) {
    return Pointwise.times(this, value);
  }

  public Tensor dividedBy(double value) {
    return Pointwise.dividedBy(this, value);
  }

  /**
   * Multiplies and sums over the named axes. Other axes that both tensors have are matched. The
   * result has the matched axes first, then those that only this tensor has, then those that only
   * the other has.
   */
  public Tensor dot(Tensor other, Dim... over) {
    return Contraction.dot(this, other, List.of(over));
  }

  // ---- element by element ----

  public Tensor exp() {
    return Pointwise.of(this, "exp", org.bytedeco.pytorch.Tensor::exp);
  }

  /** The natural logarithm: minus infinity for 0, NaN for negative numbers. */
  public Tensor log() {
    return Pointwise.of(this, "log", org.bytedeco.pytorch.Tensor::log);
  }

  public Tensor tanh() {
    return Pointwise.of(this, "tanh", org.bytedeco.pytorch.Tensor::tanh);
  }

  public Tensor sqrt() {
    return Pointwise.of(this, "sqrt", org.bytedeco.pytorch.Tensor::sqrt);
  }

  public Tensor square() {
    return Pointwise.of(this, "square", Elementwise::square);
  }

  public Tensor abs() {
    return Pointwise.of(this, "abs", org.bytedeco.pytorch.Tensor::abs);
  }

  /**
   * This tensor's numbers where the condition is not 0, the other's elsewhere. Axes are matched by
   * name.
   *
   * @param condition 0 for false, any other number for true
   */
  public Tensor where(Tensor condition, Tensor other) {
    return Broadcasting.where(condition, this, other);
  }

  // ---- along axes ----

  /** The sum over these axes, which are dropped. */
  public Tensor sum(Dim... over) {
    return Reductions.sum(this, over);
  }

  /**
   * The mean over these axes, which are dropped.
   *
   * @throws FresnelException if the type is an integer; convert with {@code to(DType.FLOAT32)}
   *     first
   */
  public Tensor mean(Dim... over) {
    return Reductions.mean(this, over);
  }

  /** The largest number along an axis, which is dropped. NaN if any of the numbers is NaN. */
  public Tensor max(Dim dim) {
    return Reductions.max(this, dim);
  }

  /** The Euclidean norm over these axes, which are dropped. */
  public Tensor norm(Dim... over) {
    return Reductions.norm(this, over);
  }

  public Tensor softmax(Dim dim) {
    return Reductions.softmax(this, dim);
  }

  public Tensor logSoftmax(Dim dim) {
    return Reductions.logSoftmax(this, dim);
  }

  /**
   * The indices of the k largest numbers along an axis, largest first. The result is int64, and the
   * axis has size k.
   */
  public Tensor topIndices(Dim dim, long k) {
    return Reductions.topIndices(this, dim, k);
  }

  // ---- copies, types and devices ----

  /**
   * A view of a one-dimensional tensor's memory by offset and strides, as checkpoint files describe
   * tensors.
   *
   * @param offset the index of the view's first number
   * @param to the view's shape
   * @param strides the distance between neighbours along each axis, in numbers
   * @throws FresnelException if the view would reach outside this tensor
   */
  public Tensor strided(long offset, Shape to, long... strides) {
    return TensorData.strided(this, offset, to, strides);
  }

  public Tensor to(DType type) {
    return dtype() == type ? this : Pointwise.of(this, "to", raw -> raw.to(type.raw));
  }

  public Tensor to(Device device) {
    return TensorData.to(this, device);
  }

  /** A copy in new memory, laid out in the order of the axes. */
  public Tensor copy() {
    return Pointwise.of(this, "copy", raw -> raw.contiguous().clone());
  }

  /**
   * The same numbers, laid out in the order of the axes: this tensor if it already is, otherwise a
   * copy.
   */
  public Tensor contiguous() {
    return TensorData.contiguous(this);
  }

  /**
   * The libtorch tensor behind this one, for operations that Fresnel does not offer. It shares
   * memory and lifetime with this tensor, so in-place operations on it change this tensor. Let no
   * other thread close this tensor's owner while you use it. Not part of the compatibility promise.
   */
  public org.bytedeco.pytorch.Tensor unwrap() {
    return handle.open(shape);
  }

  // ---- memory ----

  /** Whether both are views of the same allocation, even of different parts of it. */
  public boolean sharesMemoryWith(Tensor other) {
    return TensorData.shareMemory(this, other);
  }

  /** libtorch's tensor, alive until the thread's open {@link Use} ends; an error if closed. */
  org.bytedeco.pytorch.Tensor raw() {
    assert Use.isOpen() : "open a Use first";
    return handle.open(shape);
  }

  Handle handle() {
    return handle;
  }

  /** The same numbers under a handle of their own, for an owner. */
  Tensor retained(String label, String owner) {
    try (var use = Use.open()) {
      return new Tensor(Handle.retained(raw().alias(), label, owner), shape);
    }
  }

  /** This tensor itself, under other names. */
  Tensor as(Shape names) {
    return new Tensor(handle, names);
  }

  @Override
  public String toString() {
    return handle.label().map(label -> label + " ").orElse("") + shape + " " + handle.state();
  }
}
