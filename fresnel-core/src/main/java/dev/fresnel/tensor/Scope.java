package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.Libtorch;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;

/**
 * Frees, when it is closed, the tensors that its thread made while it was open.
 *
 * <pre>{@code
 * try (var scope = Scope.open()) {
 *   var mean = run.cache().get(PATTERN, 5).mean(KEY);   // freed at the closing brace
 * }
 * }</pre>
 *
 * Without a scope, garbage collection frees tensors at some later time.
 */
public final class Scope implements AutoCloseable {
  private final PointerScope scope;
  private final Thread thread = Thread.currentThread();

  private Scope() {
    Libtorch.load();
    scope = new PointerScope();
  }

  public static Scope open() {
    return new Scope();
  }

  /**
   * Computes a tensor and frees all intermediate tensors. The result belongs to the caller's scope.
   */
  public static Tensor result(Supplier<Tensor> computation) {
    Libtorch.load();
    PointerScope outer = PointerScope.getInnerScope();
    try (var inner = new PointerScope()) {
      Tensor result = computation.get();
      result.handle().moveTo(outer);
      return result;
    }
  }

  /**
   * One step of a chain: computes the next value from the last one, then frees the last one and all
   * intermediate tensors. What an {@link Owner} keeps stays alive. Call it inside the scope that
   * made the first value.
   */
  public static Tensor step(Tensor last, UnaryOperator<Tensor> next) {
    PointerScope outer = PointerScope.getInnerScope();
    Tensor result = result(() -> next.apply(last));
    if (outer != null && result.handle() != last.handle()) {
      last.handle().dropFrom(outer);
    }
    return result;
  }

  /**
   * @throws IllegalStateException if another thread than the one that opened it calls this
   */
  @Override
  public void close() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "a Scope is closed by the thread that opened it: "
              + thread.getName()
              + ", not "
              + Thread.currentThread().getName());
    }
    scope.close();
  }
}
