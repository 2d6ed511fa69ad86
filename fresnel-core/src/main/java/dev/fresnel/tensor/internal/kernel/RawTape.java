package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * What one thread computes by the fast kernels while it is open, with the rules that derive it.
 * Linear layers and causal attention are recorded here instead of by libtorch; libtorch records
 * what is computed between them.
 */
public final class RawTape implements AutoCloseable {
  private static final ThreadLocal<@Nullable RawTape> OPEN = new ThreadLocal<>();

  /** How derivatives go back over a computation. */
  interface Rule {
    /**
     * Nothing that is computed here is recorded.
     *
     * @param inputs as they were noted
     * @param slopes derivatives with respect to each result
     * @return those with respect to the first inputs; the others were noted for their numbers
     */
    List<Tensor> derivatives(List<Tensor> inputs, List<Tensor> slopes);
  }

  /**
   * A noted computation. What libtorch recorded leads up to its inputs, and on from its results.
   */
  private record Note(List<Tensor> inputs, List<Tensor> results, Rule rule) {
    void free() {
      inputs.forEach(Pointer::releaseReference);
      results.forEach(Pointer::releaseReference);
    }
  }

  private final List<Note> notes = new ArrayList<>();

  public RawTape() {}

  /**
   * Notes what this thread computes from now on, until {@link #close}.
   *
   * @throws IllegalStateException if the thread has an open tape
   */
  public static RawTape open() {
    if (OPEN.get() != null) {
      throw new IllegalStateException("a thread has one tape at a time; close the other first");
    }
    Libtorch.load();
    var tape = new RawTape();
    OPEN.set(tape);
    return tape;
  }

  /** The thread's open tape, if something is computed that will be derived. */
  static @Nullable RawTape recording(@Nullable Tensor... operands) {
    return Recording.isOn(operands) ? OPEN.get() : null;
  }

  /**
   * The same numbers. Derivatives with respect to them are summed here before they go further back.
   */
  public Tensor gather(Tensor value) {
    if (!Recording.isOn(value)) {
      return value;
    }
    var end = value.detach();
    note(List.of(value), List.of(end), (inputs, slopes) -> slopes);
    return end;
  }

  /**
   * Notes a computation.
   *
   * @param inputs what it was computed from, as libtorch recorded it; then what else its rule needs
   * @param results computed without being recorded; they will be from here on
   */
  void note(List<Tensor> inputs, List<Tensor> results, Rule rule) {
    results.forEach(result -> result.set_requires_grad(true));
    notes.add(new Note(kept(inputs), kept(results), rule));
  }

  /** Handles that outlive the scopes of the computation. */
  private static List<Tensor> kept(List<Tensor> tensors) {
    var kept = new ArrayList<Tensor>();
    for (var tensor : tensors) {
      kept.add(new Tensor(tensor).retainReference());
    }
    return kept;
  }

  /**
   * The chain rule's step back from several tensors. What was recorded here is forgotten.
   *
   * @param values tensors that were computed from variables, or variables themselves
   * @param derivatives of some number with respect to each value, in its shape
   * @param variables what the values were computed from since the tape was opened
   * @return the derivative with respect to each variable; null where no value depends on it
   */
  public List<@Nullable Tensor> gradients(
      List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    return Recording.off(
        () -> {
          var way = new WayBack(variables);
          way.lead(values, derivatives, notes.size());
          way.goBack();
          return Arrays.asList(way.ofVariables);
        });
  }

  /** Derivatives on their way to variables, summed where ways meet: at variables and results. */
  private final class WayBack {
    private final List<Tensor> variables;
    private final @Nullable Tensor[] ofVariables;
    private final @Nullable Tensor[][] ofResults;
    private final @Nullable PointerScope outer = PointerScope.getInnerScope();

    WayBack(List<Tensor> variables) {
      this.variables = variables;
      ofVariables = new Tensor[variables.size()];
      ofResults = new Tensor[notes.size()][];
      for (int i = 0; i < ofResults.length; i++) {
        ofResults[i] = new Tensor[notes.get(i).results.size()];
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
    private static List<Tensor> slopes(Note note, @Nullable Tensor... found) {
      var slopes = new ArrayList<Tensor>();
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
    void lead(List<Tensor> from, List<Tensor> derivatives, int before) {
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

    private long add(@Nullable Tensor[] sums, TensorVector found, long first) {
      for (int i = 0; i < sums.length; i++) {
        var more = found.get(first + i);
        if (more.defined()) {
          var before = sums[i];
          var sum = before == null ? new Tensor(more) : before.add(more);
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
