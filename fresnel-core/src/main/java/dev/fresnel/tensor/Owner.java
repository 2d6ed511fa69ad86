package dev.fresnel.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Keeps tensors alive until it is closed, whatever scope they were made in. A model has one for its
 * weights, a run has one for its activations. Any thread may close it, also more than once, and
 * also from a hook inside a computation with its tensors. Closing does not wait: what another
 * thread is using at that moment is freed when that use ends, and every later use is an error.
 */
public final class Owner implements AutoCloseable {
  private final String name;
  private final List<Tensor> kept = new ArrayList<>();
  private boolean closed;

  /**
   * @param name the owner in a user's words, such as {@code Run}; errors about use after closing
   *     show it
   */
  public Owner(String name) {
    this.name = name;
  }

  /**
   * Keeps a tensor until this owner is closed.
   *
   * @param tensor any tensor, of any scope
   * @param label what the tensor is, for error messages
   * @return a tensor with the same numbers, which lives as long as this owner
   */
  public synchronized Tensor keep(Tensor tensor, String label) {
    requireOpen();
    var own = tensor.retained(label, name);
    kept.add(own);
    return own;
  }

  public synchronized boolean isClosed() {
    return closed;
  }

  public synchronized void requireOpen() {
    if (closed) {
      throw new dev.fresnel.error.FresnelException(
          "this " + name + " is closed; use it inside its try block");
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    kept.forEach(tensor -> tensor.handle().close());
    kept.clear();
  }

  @Override
  public synchronized String toString() {
    return "Owner[%s, %s]".formatted(name, closed ? "closed" : "%d tensors".formatted(kept.size()));
  }
}
