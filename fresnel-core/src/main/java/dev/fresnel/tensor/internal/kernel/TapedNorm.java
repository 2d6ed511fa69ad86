package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.NormForm;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A layer norm or RMS norm over the innermost axis with its own gradient rule, where libtorch
 * records eight operations: one oneDNN primitive forward, and for a layer norm one backward.
 */
final class TapedNorm {
  /** One part's computation. */
  private record Form(long rows, long width, NormForm norm, boolean scaled, boolean shifted) {
    /**
     * Backward, oneDNN computes the gradients of scale and shift together with the input's, or
     * refuses to.
     */
    private int back() {
      return scaled || shifted ? dnnl.dnnl_backward : dnnl.dnnl_backward_data;
    }

    private int flags() {
      return FusedNorm.flags(norm.centred(), scaled, shifted);
    }
  }

  private final NormForm norm;
  private final boolean scaled;
  private final boolean shifted;

  private TapedNorm(NormForm norm, @Nullable Tensor scale, @Nullable Tensor shift) {
    this.norm = norm;
    scaled = scale != null;
    shifted = shift != null;
  }

  /** The norm, recorded on the tape; {@link FusedNorm#suits} accepts the operands. */
  static Tensor of(
      RawTape tape, Tensor x, NormForm norm, @Nullable Tensor scale, @Nullable Tensor shift) {
    var inputs = new ArrayList<Tensor>(List.of(x));
    if (scale != null) {
      inputs.add(scale);
    }
    if (shift != null) {
      inputs.add(shift);
    }
    // of each row its mean and its variance; without centring its mean square alone
    inputs.add(x.new_empty(norm.centred() ? 2 : 1, x.numel() / x.size(-1)));
    var taped = new TapedNorm(norm, scale, shift);
    var result = Recording.off(() -> taped.forward(inputs));
    tape.record(inputs, List.of(result), (in, gradients) -> taped.back(in, gradients.get(0)));
    return result;
  }

  private Tensor forward(List<Tensor> inputs) {
    Tensor x = inputs.get(0);
    Tensor result = x.new_empty(x.sizes());
    long width = x.size(-1);
    long rows = x.numel() / width;
    int count = Elementwise.count(x.numel() / FusedNorm.LEAST, rows);
    Elementwise.inParts(
        count,
        rows,
        (from, length) -> {
          var operands = new ArrayList<>(read(inputs, from));
          operands.add(new Address(result, from * width));
          if (shifted) {
            operands.add(Address.of(inputs.get(inputs.size() - 2)));
          }
          var form = new Form(length, width, norm, scaled, shifted);
          OneDnnPrimitive.of(new Forward(form), Forward::primitive).run(operands);
        });
    return result;
  }

  /** What both passes read or write: rows of x, their statistics, and the scale. */
  private List<Address> read(List<Tensor> inputs, long from) {
    Tensor x = inputs.get(0);
    Tensor statistics = inputs.get(inputs.size() - 1);
    var read = new ArrayList<Address>();
    read.add(new Address(x, from * x.size(-1)));
    for (long kind = 0; kind < statistics.size(0); kind++) {
      read.add(new Address(statistics, kind * statistics.size(1) + from));
    }
    if (scaled) {
      read.add(Address.of(inputs.get(1)));
    }
    return read;
  }

  private List<@Nullable Tensor> back(List<Tensor> inputs, Tensor given) {
    Tensor x = inputs.get(0);
    Tensor gradient = given.contiguous();
    Tensor toX = x.new_empty(x.sizes());
    long width = x.size(-1);
    long rows = x.numel() / width;
    int count = Elementwise.count(x.numel() / FusedNorm.LEAST, rows);
    Tensor toVectors = x.new_empty(inputs.size() - 2, count, width);
    Elementwise.inParts(
        count,
        count,
        (part, one) -> {
          long from = rows * part / count;
          long length = rows * (part + 1) / count - from;
          if (norm.centred()) {
            backCentred(inputs, gradient, toX, toVectors, part, from, length);
          } else {
            backWithoutMean(inputs, gradient, toX, toVectors.select(1, part), from, length);
          }
        });
    var all = new ArrayList<@Nullable Tensor>();
    all.add(toX);
    for (int i = 0; i < toVectors.size(0); i++) {
      boolean wanted = inputs.get(1 + i).requires_grad();
      all.add(wanted ? toVectors.select(0, i).sum(0) : null);
    }
    return all;
  }

  private void backCentred(
      List<Tensor> inputs,
      Tensor gradient,
      Tensor toX,
      Tensor toVectors,
      long part,
      long from,
      long length) {
    long width = toX.size(-1);
    var operands = new ArrayList<>(read(inputs, from));
    operands.add(new Address(gradient, from * width));
    operands.add(new Address(toX, from * width));
    for (int i = 0; i < toVectors.size(0); i++) {
      operands.add(new Address(toVectors, (i * toVectors.size(1) + part) * width));
    }
    var form = new Form(length, width, norm, scaled, shifted);
    OneDnnPrimitive.of(new Backward(form), Backward::primitive).run(operands);
  }

  /**
   * The gradients of an RMS norm, by libtorch: oneDNN 3.11 subtracts the gradient's mean there too,
   * which is wrong. With the mean square s: {@code (g scale - x mean(g scale x) / s) / sqrt(s)}.
   */
  private void backWithoutMean(
      List<Tensor> inputs, Tensor gradient, Tensor toX, Tensor toVectors, long from, long length) {
    long width = toX.size(-1);
    Tensor x = inputs.get(0).view(-1, width).narrow(0, from, length);
    Tensor given = gradient.view(-1, width).narrow(0, from, length);
    Tensor to = toX.view(-1, width).narrow(0, from, length);
    Tensor squares = inputs.get(inputs.size() - 1).select(0, 0).narrow(0, from, length);
    squares = squares.add(new Scalar(norm.epsilon())).unsqueeze(1);
    Tensor inverse = squares.rsqrt();
    torch.mul_out(to, given, x); // memory for what each row's mean is of
    if (scaled) {
      torch.sum_out(toVectors.select(0, 0), to.mul(inverse), new long[] {0});
      to.mul_(inputs.get(1));
    }
    if (shifted) {
      torch.sum_out(toVectors.select(0, toVectors.size(0) - 1), given, new long[] {0});
    }
    Tensor along = to.mean(new long[] {1}, true, new ScalarTypeOptional()).div_(squares);
    Tensor own = scaled ? given.mul(inputs.get(1)) : given;
    torch.addcmul_out(to, own, x, along, new Scalar(-1)).mul_(inverse);
  }

  /** The operands of {@link #read}. */
  private static List<Operand> described(Form form, dnnl_memory_desc matrix) {
    var statistics = OneDnnPrimitive.form(new long[] {form.rows}, 1);
    var operands = new ArrayList<Operand>();
    operands.add(new Operand(dnnl.DNNL_ARG_SRC, matrix));
    if (form.norm.centred()) {
      operands.add(new Operand(dnnl.DNNL_ARG_MEAN, statistics));
    }
    operands.add(new Operand(dnnl.DNNL_ARG_VARIANCE, statistics));
    if (form.scaled) {
      operands.add(new Operand(dnnl.DNNL_ARG_SCALE, vector(form)));
    }
    return operands;
  }

  private static dnnl_memory_desc matrix(Form form) {
    return OneDnnPrimitive.form(new long[] {form.rows, form.width}, form.width, 1);
  }

  private static dnnl_memory_desc vector(Form form) {
    return OneDnnPrimitive.form(new long[] {form.width}, 1);
  }

  private static int describe(
      dnnl_primitive_desc made,
      dnnl_engine engine,
      dnnl_primitive_attr attributes,
      Form form,
      dnnl_memory_desc matrix) {
    return dnnl.dnnl_layer_normalization_forward_primitive_desc_create(
        made,
        engine,
        dnnl.dnnl_forward_training,
        matrix,
        matrix,
        null,
        (float) form.norm.epsilon(),
        form.flags(),
        attributes);
  }

  private record Forward(Form form) {
    OneDnnPrimitive primitive() {
      var matrix = matrix(form);
      var operands = new ArrayList<>(described(form, matrix));
      operands.add(new Operand(dnnl.DNNL_ARG_DST, matrix));
      if (form.shifted) {
        operands.add(new Operand(dnnl.DNNL_ARG_SHIFT, vector(form)));
      }
      return new OneDnnPrimitive(
          (made, engine, attributes) -> describe(made, engine, attributes, form, matrix),
          OneDnnPrimitive.attributes(List.of()),
          operands);
    }
  }

  private record Backward(Form form) {
    OneDnnPrimitive primitive() {
      var matrix = matrix(form);
      var operands = new ArrayList<>(described(form, matrix));
      operands.add(new Operand(dnnl.DNNL_ARG_DIFF_DST, matrix));
      operands.add(new Operand(dnnl.DNNL_ARG_DIFF_SRC, matrix));
      if (form.scaled) {
        operands.add(new Operand(dnnl.DNNL_ARG_DIFF_SCALE, vector(form)));
      }
      if (form.shifted) {
        operands.add(new Operand(dnnl.DNNL_ARG_DIFF_SHIFT, vector(form)));
      }
      return new OneDnnPrimitive(
          (made, engine, attributes) -> describe(made, engine, attributes, matrix),
          OneDnnPrimitive.attributes(List.of()),
          operands);
    }

    /** oneDNN asks for a description of the forward pass as well. */
    private int describe(
        dnnl_primitive_desc made,
        dnnl_engine engine,
        dnnl_primitive_attr attributes,
        dnnl_memory_desc matrix) {
      var forward = new dnnl_primitive_desc();
      OneDnnPrimitive.check(TapedNorm.describe(forward, engine, attributes, form, matrix));
      int status =
          dnnl.dnnl_layer_normalization_backward_primitive_desc_create(
              made,
              engine,
              form.back(),
              matrix,
              matrix,
              matrix,
              null,
              (float) form.norm.epsilon(),
              form.flags(),
              forward,
              attributes);
      OneDnnPrimitive.check(dnnl.dnnl_primitive_desc_destroy(forward));
      return status;
    }
  }
}
