package dev.fresnel.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Keeps tensors alive until it is closed, whatever scope they were made in. A model owns its
 * weights with one, a run its activations. It may be closed from any thread, and more than once.
 */
public final class Owner implements AutoCloseable {
  private final String name;
  private final List<Tensor> kept = new ArrayList<>();
  private boolean closed;

  /**
   * @param name what users call the owner, for the error of a use after its end: {@code Run}
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
    kept.forEach(Tensor::release);
    kept.clear();
  }
}
