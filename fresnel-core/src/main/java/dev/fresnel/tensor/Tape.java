package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Derivatives of what one thread computes, with rules of our own for what takes the time. While a
 * tape is open, affine maps and causal attention are not recorded by libtorch: they are noted here,
 * with what they were computed from, and derived by kernels that libtorch does not have. Everything
 * between them is libtorch's.
 *
 * <pre>{@code
 * try (var tape = Tape.open()) {
 *   Tensor y = x.affine(weight, null, D_MODEL);
 *   tape.gradients(List.of(y), List.of(slopes), List.of(x, weight));
 * }
 * }</pre>
 *
 * <p>{@link Gradients#of} knows nothing of what is noted. Derivatives go back from one noted
 * computation at a time. What many of them read, such as a residual stream, should be {@link
 * #gather gathered}, or each of them goes all the way back by itself.
 */
public final class Tape implements AutoCloseable {
  private static final ThreadLocal<@Nullable Tape> OPEN = new ThreadLocal<>();

  /** How derivatives go back over a computation. */
  interface Rule {
    /**
     * Nothing that is computed here is recorded.
     *
     * @param inputs as they were noted
     * @param slopes derivatives with respect to each result
     * @return those with respect to the first inputs; the others were noted for their numbers
     */
    List<org.bytedeco.pytorch.Tensor> derivatives(
        List<org.bytedeco.pytorch.Tensor> inputs, List<org.bytedeco.pytorch.Tensor> slopes);
  }

  /**
   * A noted computation. What libtorch recorded leads up to its inputs, and on from its results.
   */
  private record Note(
      List<org.bytedeco.pytorch.Tensor> inputs,
      List<org.bytedeco.pytorch.Tensor> results,
      Rule rule) {
    void free() {
      inputs.forEach(Pointer::releaseReference);
      results.forEach(Pointer::releaseReference);
    }
  }

  private final List<Note> notes = new ArrayList<>();

  Tape() {}

  /**
   * Notes what this thread computes from now on, until {@link #close}.
   *
   * @throws IllegalStateException if the thread has an open tape
   */
  public static Tape open() {
    if (OPEN.get() != null) {
      throw new IllegalStateException("a thread has one tape at a time; close the other first");
    }
    Libtorch.load();
    var tape = new Tape();
    OPEN.set(tape);
    return tape;
  }

  /** The thread's open tape, if something is computed that will be derived. */
  static @Nullable Tape recording(org.bytedeco.pytorch.@Nullable Tensor... operands) {
    return Gradients.areRecorded(operands) ? OPEN.get() : null;
  }

  /**
   * The same numbers. Derivatives with respect to them are summed here before they go further back.
   */
  public Tensor gather(Tensor value) {
    if (!Gradients.areRecorded(value.raw())) {
      return value;
    }
    var raw = value.raw();
    var end = raw.detach();
    note(List.of(raw), List.of(end), (inputs, slopes) -> slopes);
    return new Tensor(end, value.dims());
  }

  /**
   * Notes a computation.
   *
   * @param inputs what it was computed from, as libtorch recorded it; then what else its rule needs
   * @param results computed without being recorded; they will be from here on
   */
  void note(
      List<org.bytedeco.pytorch.Tensor> inputs,
      List<org.bytedeco.pytorch.Tensor> results,
      Rule rule) {
    results.forEach(result -> result.set_requires_grad(true));
    notes.add(new Note(kept(inputs), kept(results), rule));
  }

  /** Handles that outlive the scopes of the computation. */
  private static List<org.bytedeco.pytorch.Tensor> kept(List<org.bytedeco.pytorch.Tensor> tensors) {
    var kept = new ArrayList<org.bytedeco.pytorch.Tensor>();
    for (var tensor : tensors) {
      kept.add(new org.bytedeco.pytorch.Tensor(tensor).retainReference());
    }
    return kept;
  }

  /**
   * The chain rule's step back from several tensors: the derivative of some number with respect to
   * the variables, where its derivatives with respect to these tensors are known. What was noted is
   * forgotten.
   *
   * @param values tensors that were computed from variables, or variables themselves
   * @param derivatives one a value, in its shape
   * @param variables what the values were computed from since the tape was opened
   * @return one a variable, in its shape
   * @throws FresnelException if a shape differs, a value depends on no variable, or none on one of
   *     them
   */
  public List<Tensor> gradients(
      List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    for (int i = 0; i < values.size(); i++) {
      if (!values.get(i).raw().requires_grad()) {
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
    return Gradients.unrecorded(
        () -> {
          var way = new WayBack(variables.stream().map(Tensor::raw).toList());
          way.lead(raw(values), raw(derivatives), notes.size());
          way.goBack();
          return named(way.ofVariables, variables);
        });
  }

  private static List<Tensor> named(
      org.bytedeco.pytorch.@Nullable Tensor[] gradients, List<Tensor> variables) {
    var result = new ArrayList<Tensor>();
    for (int i = 0; i < gradients.length; i++) {
      var gradient = gradients[i];
      if (gradient == null) {
        throw new FresnelException(
            "the value does not depend on variable " + i + ", " + variables.get(i));
      }
      result.add(new Tensor(gradient, variables.get(i).dims()));
    }
    return result;
  }

  private static List<org.bytedeco.pytorch.Tensor> raw(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::raw).toList();
  }

  /** Derivatives on their way to variables, summed where ways meet: at variables and results. */
  private final class WayBack {
    private final List<org.bytedeco.pytorch.Tensor> variables;
    private final org.bytedeco.pytorch.@Nullable Tensor[] ofVariables;
    private final org.bytedeco.pytorch.@Nullable Tensor[][] ofResults;
    private final @Nullable PointerScope outer = PointerScope.getInnerScope();

    WayBack(List<org.bytedeco.pytorch.Tensor> variables) {
      this.variables = variables;
      ofVariables = new org.bytedeco.pytorch.Tensor[variables.size()];
      ofResults = new org.bytedeco.pytorch.Tensor[notes.size()][];
      for (int i = 0; i < ofResults.length; i++) {
        ofResults[i] = new org.bytedeco.pytorch.Tensor[notes.get(i).results.size()];
      }
    }

    /** From the last note to the first: nothing that comes later can add to its results then. */
    void goBack() {
      for (int i = notes.size() - 1; i >= 0; i--) {
        Note note = notes.remove(i);
        try (var scope = new PointerScope()) {
          var slopes = slopes(note, ofResults[i]);
          if (!slopes.isEmpty()) {
            lead(note.inputs, note.rule.derivatives(note.inputs, slopes), i);
          }
        } finally {
          note.free();
        }
      }
    }

    /** Zeros where nothing came back to one of several results; none if to none of them. */
    private static List<org.bytedeco.pytorch.Tensor> slopes(
        Note note, org.bytedeco.pytorch.@Nullable Tensor... found) {
      var slopes = new ArrayList<org.bytedeco.pytorch.Tensor>();
      boolean any = false;
      for (int i = 0; i < found.length; i++) {
        var slope = found[i];
        any |= slope != null;
        slopes.add(slope == null ? torch.zeros_like(note.results.get(i)) : slope);
      }
      return any ? slopes : List.of();
    }

    /**
     * Goes back over what libtorch recorded.
     *
     * @param from where derivatives are known, for the first ones
     * @param before how many notes may have results on the way
     */
    void lead(
        List<org.bytedeco.pytorch.Tensor> from,
        List<org.bytedeco.pytorch.Tensor> derivatives,
        int before) {
      try (var outputs = new TensorVector();
          var seeds = new TensorVector();
          var inputs = new TensorVector();
          var keep = new BoolOptional(true)) {
        for (int i = 0; i < derivatives.size(); i++) {
          if (from.get(i).requires_grad()) {
            outputs.push_back(from.get(i));
            seeds.push_back(derivatives.get(i));
          }
        }
        for (int i = 0; i < before; i++) {
          notes.get(i).results.forEach(inputs::push_back);
        }
        variables.forEach(inputs::push_back);
        var found = torch.grad(outputs, inputs, seeds, keep, false, true);
        long next = 0;
        for (int i = 0; i < before; i++) {
          next = add(ofResults[i], found, next);
        }
        add(ofVariables, found, next);
      }
    }

    private long add(org.bytedeco.pytorch.@Nullable Tensor[] sums, TensorVector found, long first) {
      for (int i = 0; i < sums.length; i++) {
        var more = found.get(first + i);
        if (more.defined()) {
          var before = sums[i];
          var sum = before == null ? new org.bytedeco.pytorch.Tensor(more) : before.add(more);
          sums[i] = sum;
          if (outer == null) {
            sum.retainReference();
          } else {
            outer.attach(sum);
          }
        }
      }
      return first + sums.length;
    }
  }

  /** Ends the notes, on the thread that opened them; what was noted is freed. */
  @Override
  public void close() {
    if (OPEN.get() == this) {
      OPEN.remove();
    }
    notes.forEach(Note::free);
    notes.clear();
  }
}
