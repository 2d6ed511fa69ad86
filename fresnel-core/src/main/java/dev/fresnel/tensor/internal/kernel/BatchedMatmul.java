package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.After;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Pointer;

/**
 * Matrix products side by side, as heads have them, by one of oneDNN's kernels: {@code left right
 * factor}. Members come in groups, and those of a group share the right side.
 *
 * @param then what is done with products
 */
record BatchedMatmul(
    long groups,
    long members,
    long rows,
    long summed,
    long columns,
    Strides left,
    Strides right,
    Strides result,
    float factor,
    Then then) {

  /** What is done with products. */
  enum Then {
    WRITE,
    /** They are added to what the result holds. */
    ADD,
    /** A mask is added to them, whose rows lie one behind the other, as must the result's. */
    MASK
  }

  /** How many numbers apart neighbours are; the right side has no members. */
  record Strides(long group, long member, long row, long column) {
    Strides transposed() {
      return new Strides(group, member, column, row);
    }

    private long[] array() {
      return new long[] {group, member, row, column};
    }
  }

  /** Products as they are, written. */
  BatchedMatmul(
      long groups,
      long members,
      long rows,
      long summed,
      long columns,
      Strides left,
      Strides right,
      Strides result) {
    this(groups, members, rows, summed, columns, left, right, result, 1, Then.WRITE);
  }

  BatchedMatmul then(double factor, Then then) {
    return new BatchedMatmul(
        groups, members, rows, summed, columns, left, right, result, (float) factor, then);
  }

  /** Computes, with operands' addresses: left, right, result and, where there is one, the mask. */
  void write(Pointer... addresses) {
    OneDnnPrimitive.of(this, BatchedMatmul::kernel).run(List.of(addresses));
  }

  private OneDnnPrimitive kernel() {
    var from = OneDnnPrimitive.form(new long[] {groups, members, rows, summed}, left.array());
    var by = OneDnnPrimitive.form(new long[] {groups, 1, summed, columns}, right.array());
    var to = OneDnnPrimitive.form(new long[] {groups, members, rows, columns}, result.array());
    var operands =
        new ArrayList<>(
            List.of(
                new Operand(dnnl.DNNL_ARG_SRC, from),
                new Operand(dnnl.DNNL_ARG_WEIGHTS, by),
                new Operand(dnnl.DNNL_ARG_DST, to)));
    var after = new ArrayList<After>();
    if (factor != 1) {
      after.add(
          list -> dnnl.dnnl_post_ops_append_eltwise(list, dnnl.dnnl_eltwise_linear, factor, 0));
    }
    if (then == Then.MASK) {
      long all = rows * columns;
      var mask = OneDnnPrimitive.form(new long[] {1, 1, rows, columns}, all, all, columns, 1);
      operands.add(OneDnnPrimitive.operandAfter(after.size(), mask));
      after.add(list -> dnnl.dnnl_post_ops_append_binary(list, dnnl.dnnl_binary_add, mask));
    }
    if (then == Then.ADD) {
      after.add(list -> dnnl.dnnl_post_ops_append_sum(list, 1, 0, dnnl.dnnl_f32));
    }
    return new OneDnnPrimitive(
        (made, engine, attributes) ->
            dnnl.dnnl_matmul_primitive_desc_create(made, engine, from, by, null, to, attributes),
        OneDnnPrimitive.attributes(after),
        operands);
  }
}
