package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.PostOp;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl;

/**
 * A batch of matrix products {@code left right factor}, one per attention head, by one oneDNN
 * primitive. Heads come in groups; the heads of a group share the right side.
 *
 * @param heads heads per group
 * @param output how products are written
 */
record BatchedMatmul(
    long groups,
    long heads,
    long rows,
    long summed,
    long columns,
    Strides left,
    Strides right,
    Strides result,
    float factor,
    Output output) {

  /** How products are written. */
  enum Output {
    WRITE,
    /** Products are added to the result's numbers. */
    ADD,
    /**
     * A mask is added to the products. The mask's rows are contiguous, and so must the result's be.
     */
    MASK
  }

  /**
   * Distances between neighbours along each axis, in numbers. The right side has one matrix per
   * group.
   */
  record Strides(long group, long head, long row, long column) {
    Strides transposed() {
      return new Strides(group, head, column, row);
    }

    private long[] array() {
      return new long[] {group, head, row, column};
    }
  }

  /** Unscaled products, overwriting the result. */
  BatchedMatmul(
      long groups,
      long heads,
      long rows,
      long summed,
      long columns,
      Strides left,
      Strides right,
      Strides result) {
    this(groups, heads, rows, summed, columns, left, right, result, 1, Output.WRITE);
  }

  BatchedMatmul with(double factor, Output output) {
    return new BatchedMatmul(
        groups, heads, rows, summed, columns, left, right, result, (float) factor, output);
  }

  /** Computes. The addresses are those of left, right, result and, if there is one, the mask. */
  void write(Address... addresses) {
    OneDnnPrimitive.of(this, BatchedMatmul::kernel).run(List.of(addresses));
  }

  private OneDnnPrimitive kernel() {
    var from = OneDnnPrimitive.form(new long[] {groups, heads, rows, summed}, left.array());
    var by = OneDnnPrimitive.form(new long[] {groups, 1, summed, columns}, right.array());
    var to = OneDnnPrimitive.form(new long[] {groups, heads, rows, columns}, result.array());
    var operands =
        new ArrayList<>(
            List.of(
                new Operand(dnnl.DNNL_ARG_SRC, from),
                new Operand(dnnl.DNNL_ARG_WEIGHTS, by),
                new Operand(dnnl.DNNL_ARG_DST, to)));
    var postOps = new ArrayList<PostOp>();
    if (factor != 1) {
      postOps.add(
          list -> dnnl.dnnl_post_ops_append_eltwise(list, dnnl.dnnl_eltwise_linear, factor, 0));
    }
    if (output == Output.MASK) {
      long all = rows * columns;
      var mask = OneDnnPrimitive.form(new long[] {1, 1, rows, columns}, all, all, columns, 1);
      operands.add(OneDnnPrimitive.postOpOperand(postOps.size(), mask));
      postOps.add(list -> dnnl.dnnl_post_ops_append_binary(list, dnnl.dnnl_binary_add, mask));
    }
    if (output == Output.ADD) {
      postOps.add(list -> dnnl.dnnl_post_ops_append_sum(list, 1, 0, dnnl.dnnl_f32));
    }
    return new OneDnnPrimitive(
        (made, engine, attributes) ->
            dnnl.dnnl_matmul_primitive_desc_create(made, engine, from, by, null, to, attributes),
        OneDnnPrimitive.attributes(postOps),
        operands);
  }
}
