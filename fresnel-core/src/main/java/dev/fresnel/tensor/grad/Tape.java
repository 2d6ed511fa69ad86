package dev.fresnel.tensor.grad;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.RawTape;
import java.util.ArrayList;
import java.util.List;

/**
 * Records what one thread computes, so that training derives linear layers and causal attention by
 * kernels that libtorch does not have. libtorch records everything between them.
 *
 * <pre>{@code
 * try (var tape = Tape.open();
 *     var run = model.run(model.tokens("one two"), RunPlan.nothing())) {
 *   Tensor x = run.normalized();
 *   tape.gradients(List.of(x), List.of(x.times(0).plus(1)), List.of(model.weight("embed.W_E")));
 * }
 * }</pre>
 *
 * <p>{@link Gradients#of} does not see what a tape records. Derivatives go back from one recorded
 * computation at a time. A tensor that many of them read, such as a residual stream, should be
 * {@link #gather gathered}; otherwise each of them goes all the way back by itself.
 */
public final class Tape implements AutoCloseable {
  private final RawTape raw;

  private Tape(RawTape raw) {
    this.raw = raw;
  }

  /**
   * Records what this thread computes from now on, until {@link #close}.
   *
   * @throws IllegalStateException if the thread has an open tape
   */
  public static Tape open() {
    return new Tape(RawTape.open());
  }

  /**
   * The same numbers. Derivatives with respect to them are summed here before they go further back.
   */
  public Tensor gather(Tensor value) {
    var gathered = raw.gather(value.unwrap());
    return gathered == value.unwrap() ? value : Tensor.wrap(gathered, value.dims());
  }

  /**
   * The chain rule's step back from several tensors: the derivative of some number with respect to
   * the variables, where its derivatives with respect to these tensors are known. What was recorded
   * is forgotten.
   *
   * @param values tensors that were computed from variables, or variables themselves
   * @param derivatives one per value, in its shape
   * @param variables what the values were computed from since the tape was opened
   * @return one per variable, in its shape
   * @throws FresnelException if a shape differs, a value depends on no variable, or none on one of
   *     them
   */
  public List<Tensor> gradients(
      List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    return gradients(raw, values, derivatives, variables);
  }

  static List<Tensor> gradients(
      RawTape tape, List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    for (int i = 0; i < values.size(); i++) {
      if (!values.get(i).unwrap().requires_grad()) {
        throw new FresnelException(
            "the value was not computed from a variable; make one with Gradients.variable");
      }
      if (!derivatives.get(i).shape().equals(values.get(i).shape())) {
        throw new FresnelException(
            "a derivative with respect to "
                + values.get(i).shape()
                + " has its shape, not "
                + derivatives.get(i).shape());
      }
    }
    var found = tape.gradients(raw(values), raw(derivatives), raw(variables));
    var result = new ArrayList<Tensor>();
    for (int i = 0; i < found.size(); i++) {
      var gradient = found.get(i);
      if (gradient == null) {
        throw new FresnelException(
            "the value does not depend on variable " + i + ", " + variables.get(i));
      }
      result.add(Tensor.wrap(gradient, variables.get(i).dims()));
    }
    return result;
  }

  private static List<org.bytedeco.pytorch.Tensor> raw(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::unwrap).toList();
  }

  /** Ends the recording, on the thread that opened it, and frees what was recorded. */
  @Override
  public void close() {
    raw.close();
  }
}
