package dev.fresnel.tensor.grad;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.RawTape;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;

/**
 * Records one thread's linear layers, causal attention, norms, rotations and activation functions,
 * so that training computes their gradients by kernels that libtorch does not have. libtorch
 * records everything in between.
 *
 * <pre>{@code
 * try (var tape = Tape.open();
 *     var run = model.run(model.tokens("one two"), RunPlan.nothing())) {
 *   Tensor x = run.normalized();
 *   tape.gradients(List.of(x), List.of(x.times(0).plus(1)), List.of(model.weight("embed.W_E")));
 * }
 * }</pre>
 *
 * <p>{@link Gradients#of} does not see what a tape records. The backward pass treats one recorded
 * computation at a time. If many of them read one tensor, such as a residual stream, {@link
 * #gather} it; otherwise each of them repeats the backward pass through everything before that
 * tensor.
 */
public final class Tape implements AutoCloseable {
  private final RawTape raw;

  private Tape(RawTape raw) {
    this.raw = raw;
  }

  /**
   * Starts recording what this thread computes, until {@link #close}.
   *
   * @throws IllegalStateException if the thread already has an open tape
   */
  public static Tape open() {
    return new Tape(RawTape.open());
  }

  /**
   * Returns the same numbers as a tensor at which gradients are summed before the backward pass
   * continues.
   */
  public Tensor gather(Tensor value) {
    try (var use = Use.open()) {
      var given = value.unwrap();
      var gathered = raw.gather(given);
      return gathered == given ? value : Tensor.wrap(gathered, value.dims());
    }
  }

  /**
   * The backward pass from several tensors: given the gradients of some number with respect to
   * these tensors, computes its gradients with respect to the variables. The tape is empty
   * afterwards.
   *
   * @param values tensors computed from variables, or variables themselves
   * @param derivatives the known gradients, one per value in its shape
   * @param variables the tensors to differentiate by; the values were computed from them since the
   *     tape was opened
   * @return one gradient per variable, in its shape
   * @throws FresnelException if a shape differs, a value depends on no variable, or no value
   *     depends on one of the variables
   * @throws IllegalStateException if another thread than the one that opened it calls this
   */
  public List<Tensor> gradients(
      List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    return gradients(raw, values, derivatives, variables);
  }

  /**
   * The backward pass from one number, with zeros for a tensor that it does not depend on. The tape
   * is empty afterwards.
   *
   * @param value a scalar
   * @throws FresnelException if the value is not a scalar, or was not computed from recorded
   *     tensors
   */
  public List<Tensor> gradientsOrZero(Tensor value, List<Tensor> variables) {
    return Gradients.orZero(raw, value, variables);
  }

  static List<Tensor> gradients(
      RawTape tape, List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    if (derivatives.size() != values.size()) {
      throw new FresnelException(
          "each value needs one gradient: there are %d values and %d gradients"
              .formatted(values.size(), derivatives.size()));
    }
    try (var use = Use.open()) {
      for (int i = 0; i < values.size(); i++) {
        if (!values.get(i).unwrap().requires_grad()) {
          throw new FresnelException(
              "the value was not computed from a variable; make one with Gradients.variable");
        }
        if (!derivatives.get(i).shape().equals(values.get(i).shape())) {
          throw new FresnelException(
              "the gradient of a value "
                  + values.get(i).shape()
                  + " must have its shape, not "
                  + derivatives.get(i).shape());
        }
      }
      var found = tape.gradients(raw(values), raw(derivatives), raw(variables));
      var result = new ArrayList<Tensor>();
      for (int i = 0; i < found.size(); i++) {
        var gradient = found.get(i);
        if (gradient == null) {
          throw new FresnelException(
              "the value does not depend on variable "
                  + i
                  + ", "
                  + variables.get(i)
                  + "; leave it out");
        }
        result.add(Tensor.wrap(gradient, variables.get(i).dims()));
      }
      return result;
    }
  }

  private static List<org.bytedeco.pytorch.Tensor> raw(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::unwrap).toList();
  }

  /**
   * Stops recording and frees what was recorded.
   *
   * @throws IllegalStateException if another thread than the one that opened it calls this
   */
  @Override
  public void close() {
    raw.close();
  }

  @Override
  public String toString() {
    return raw.toString();
  }
}
