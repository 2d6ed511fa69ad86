package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import java.util.List;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Pointer;

/**
 * Softmax of each row of a matrix, by oneDNN's kernels. Rows lie one behind the other.
 *
 * @param derived whether it is the way back
 */
record RowSoftmax(long rows, long columns, boolean derived) {

  /** Scores become shares, where they lie. */
  static void of(Pointer scores, long rows, long columns) {
    var form = new RowSoftmax(rows, columns, false);
    OneDnnPrimitive.of(form, RowSoftmax::forward).run(List.of(scores, scores));
  }

  /** Derivatives with respect to shares become those with respect to scores, where they lie. */
  static void derive(Pointer shares, Pointer derivatives, long rows, long columns) {
    var form = new RowSoftmax(rows, columns, true);
    OneDnnPrimitive.of(form, RowSoftmax::backward).run(List.of(shares, derivatives, derivatives));
  }

  private OneDnnPrimitive forward() {
    var matrix = OneDnnPrimitive.form(new long[] {rows, columns}, columns, 1);
    return new OneDnnPrimitive(
        (made, engine, attributes) ->
            dnnl.dnnl_softmax_forward_primitive_desc_create(
                made,
                engine,
                dnnl.dnnl_forward_inference,
                dnnl.dnnl_softmax_accurate,
                matrix,
                matrix,
                1,
                attributes),
        OneDnnPrimitive.attributes(List.of()),
        List.of(new Operand(dnnl.DNNL_ARG_SRC, matrix), new Operand(dnnl.DNNL_ARG_DST, matrix)));
  }

  private OneDnnPrimitive backward() {
    var matrix = OneDnnPrimitive.form(new long[] {rows, columns}, columns, 1);
    return new OneDnnPrimitive(
        (made, engine, attributes) -> {
          var forward = new dnnl_primitive_desc();
          OneDnnPrimitive.check(
              dnnl.dnnl_softmax_forward_primitive_desc_create(
                  forward,
                  engine,
                  dnnl.dnnl_forward_training,
                  dnnl.dnnl_softmax_accurate,
                  matrix,
                  matrix,
                  1,
                  null));
          int status =
              dnnl.dnnl_softmax_backward_primitive_desc_create(
                  made,
                  engine,
                  dnnl.dnnl_softmax_accurate,
                  matrix,
                  matrix,
                  matrix,
                  1,
                  forward,
                  attributes);
          OneDnnPrimitive.check(dnnl.dnnl_primitive_desc_destroy(forward));
          return status;
        },
        OneDnnPrimitive.attributes(List.of()),
        List.of(
            new Operand(dnnl.DNNL_ARG_DST, matrix),
            new Operand(dnnl.DNNL_ARG_DIFF_DST, matrix),
            new Operand(dnnl.DNNL_ARG_DIFF_SRC, matrix)));
  }
}
