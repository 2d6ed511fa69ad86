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
 * Records the linear layers, causal attention, norms, rotations and activation functions that one
 * thread computes while the tape is open, with their gradient rules. libtorch does not record
 * these; it records what is computed between them.
 */
public final class RawTape implements AutoCloseable {
  private static final ThreadLocal<@Nullable RawTape> OPEN = new ThreadLocal<>();

  /** The gradient rule of a computation. */
  interface Rule {
    /**
     * Computes gradients. Nothing computed here is recorded.
     *
     * @param inputs as they were recorded
     * @param gradients the gradient of each result
     * @return the gradients of the first inputs, null for those that need none; further inputs were
     *     recorded only for their numbers
     */
    List<? extends @Nullable Tensor> derivatives(List<Tensor> inputs, List<Tensor> gradients);
  }

  /**
   * A recorded computation. libtorch's own record ends at its inputs and starts again at its
   * results.
   */
  private record Entry(List<Tensor> inputs, List<Tensor> results, Rule rule) {
    void free() {
      inputs.forEach(Pointer::releaseReference);
      results.forEach(Pointer::releaseReference);
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private final Thread thread = Thread.currentThread();

  public RawTape() {}

  /**
   * Starts recording what this thread computes, until {@link #close}.
   *
   * @throws IllegalStateException if the thread already has an open tape
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

  /**
   * The thread's open tape, if a computation on these operands has to be recorded; null otherwise.
   */
  static @Nullable RawTape recording(@Nullable Tensor... operands) {
    return Recording.isOn(operands) ? OPEN.get() : null;
  }

  /**
   * Returns the same numbers as a tensor at which gradients are summed before the backward pass
   * continues.
   */
  public Tensor gather(Tensor value) {
    if (!Recording.isOn(value)) {
      return value;
    }
    var end = value.detach();
    record(List.of(value), List.of(end), (inputs, gradients) -> gradients);
    return end;
  }

  /**
   * Records a computation.
   *
   * @param inputs the tensors it was computed from, as libtorch recorded them; then any others that
   *     its rule needs
   * @param results computed without being recorded by libtorch, which records from here on
   */
  void record(List<Tensor> inputs, List<Tensor> results, Rule rule) {
    results.forEach(result -> result.set_requires_grad(true));
    entries.add(new Entry(kept(inputs), kept(results), rule));
  }

  /** Handles that outlive the scope of the computation. */
  private static List<Tensor> kept(List<Tensor> tensors) {
    var kept = new ArrayList<Tensor>();
    for (var tensor : tensors) {
      kept.add(new Tensor(tensor).retainReference());
    }
    return kept;
  }

  /**
   * The backward pass from several tensors. The tape is empty afterwards.
   *
   * @param values tensors computed from variables, or variables themselves
   * @param derivatives the known gradient of each value, in its shape
   * @param variables the tensors to differentiate by; the values were computed from them since the
   *     tape was opened
   * @return the gradient of each variable; null if no value depends on it
   * @throws IllegalStateException if another thread than the one that opened it calls this
   */
  public List<@Nullable Tensor> gradients(
      List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    requireOwnThread();
    return Recording.off(
        () -> {
          try (var backward = new Backward(variables)) {
            backward.propagate(values, derivatives, entries.size());
            backward.run();
            return backward.ofVariables();
          }
        });
  }

  /**
   * One backward pass. Gradients are summed at variables and at results of recorded computations,
   * in one list: results first, in the order of the entries.
   */
  private final class Backward implements AutoCloseable {
    /** The index of each entry's first result, and that of the first variable. */
    private final int[] first = new int[entries.size() + 1];

    private final List<Tensor> ends = new ArrayList<>();
    private final @Nullable Tensor[] sums;
    private final RecordedGraph graph;
    private final @Nullable PointerScope outer = PointerScope.getInnerScope();

    Backward(List<Tensor> variables) {
      for (int i = 0; i < entries.size(); i++) {
        first[i] = ends.size();
        ends.addAll(entries.get(i).results);
      }
      first[entries.size()] = ends.size();
      ends.addAll(variables);
      sums = new Tensor[ends.size()];
      graph = new RecordedGraph(ends);
    }

    @Override
    public void close() {
      graph.close();
    }

    List<@Nullable Tensor> ofVariables() {
      return Arrays.asList(sums).subList(first[first.length - 1], sums.length);
    }

    /**
     * Goes from the last entry to the first, so that the gradients of an entry's results are
     * complete when it is reached.
     */
    void run() {
      for (int i = entries.size() - 1; i >= 0; i--) {
        Entry entry = entries.get(i);
        try (var scope = new PointerScope()) {
          var gradients = resultGradients(entry, first[i]);
          if (!gradients.isEmpty()) {
            propagate(entry.inputs, entry.rule.derivatives(entry.inputs, gradients), i);
          }
        } finally {
          for (int end = first[i]; end < first[i] + entry.results.size(); end++) {
            graph.release(end);
          }
          entries.remove(i).free();
        }
      }
    }

    /**
     * The gradients of an entry's results, with zeros for those without one; empty if none has one.
     */
    private List<Tensor> resultGradients(Entry entry, int from) {
      var gradients = new ArrayList<Tensor>();
      boolean any = false;
      for (int i = 0; i < entry.results.size(); i++) {
        var gradient = sums[from + i];
        any |= gradient != null;
        gradients.add(gradient == null ? torch.zeros_like(entry.results.get(i)) : gradient);
      }
      return any ? gradients : List.of();
    }

    /**
     * Propagates gradients through what libtorch recorded, to variables and to earlier results.
     *
     * @param from the tensors whose gradients are known; any beyond the last known gradient are
     *     ignored
     * @param before the number of entries whose results may be reached
     */
    void propagate(List<Tensor> from, List<? extends @Nullable Tensor> derivatives, int before) {
      try (var outputs = new TensorVector();
          var seeds = new TensorVector();
          var inputs = new TensorVector();
          var keep = new BoolOptional(true)) {
        var known = new ArrayList<Tensor>();
        for (int i = 0; i < derivatives.size(); i++) {
          var derivative = derivatives.get(i);
          if (derivative != null && from.get(i).requires_grad()) {
            known.add(from.get(i));
            seeds.push_back(derivative);
          }
        }
        known.forEach(outputs::push_back);
        var reached = graph.behind(known);
        reached.clear(first[before], first[first.length - 1]);
        if (reached.isEmpty()) {
          return;
        }
        reached.stream().forEach(i -> inputs.push_back(ends.get(i)));
        var found = torch.grad(outputs, inputs, seeds, keep, false, true);
        long next = 0;
        for (int i = reached.nextSetBit(0); i >= 0; i = reached.nextSetBit(i + 1)) {
          add(i, found.get(next++));
        }
      }
    }

    private void add(int end, Tensor more) {
      if (more.defined()) {
        var before = sums[end];
        var sum = before == null ? new Tensor(more) : before.add(more);
        sums[end] = sum;
        if (outer == null) {
          sum.retainReference();
        } else {
          outer.attach(sum);
        }
      }
    }
  }

  /**
   * Stops recording and frees what was recorded.
   *
   * @throws IllegalStateException if another thread than the one that opened it calls this
   */
  @Override
  public void close() {
    requireOwnThread();
    if (OPEN.get() == this) {
      OPEN.remove();
    }
    entries.forEach(Entry::free);
    entries.clear();
  }

  private void requireOwnThread() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "a tape is used and closed by the thread that opened it: "
              + thread.getName()
              + ", not "
              + Thread.currentThread().getName());
    }
  }

  @Override
  public String toString() {
    return "Tape[%d computations of %s]".formatted(entries.size(), thread.getName());
  }
}
