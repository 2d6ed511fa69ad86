package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import java.util.List;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;

/**
 * The softmax of each row of a contiguous matrix, or its backward pass, by oneDNN.
 *
 * @param backward whether it is the backward pass
 */
record RowSoftmax(long rows, long columns, boolean backward) {

  /** Replaces scores by their softmax, in place. */
  static void of(Address scores, long rows, long columns) {
    var form = new RowSoftmax(rows, columns, false);
    OneDnnPrimitive.of(form, RowSoftmax::forwardPrimitive).run(List.of(scores, scores));
  }

  /** Replaces the gradients of probabilities by the gradients of their scores, in place. */
  static void derive(Address probabilities, Address gradients, long rows, long columns) {
    var form = new RowSoftmax(rows, columns, true);
    OneDnnPrimitive.of(form, RowSoftmax::backwardPrimitive)
        .run(List.of(probabilities, gradients, gradients));
  }

  private OneDnnPrimitive forwardPrimitive() {
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

  private OneDnnPrimitive backwardPrimitive() {
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
