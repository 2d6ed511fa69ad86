package dev.fresnel.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A large matrix product in parts of its columns, side by side. OpenBLAS's own threads wait for
 * each other many times within one product, and where other work holds a core all of them stand
 * still; here a thread waits once, at the end, and the caller takes every part that no other thread
 * has begun.
 */
final class ProductInParts {
  /** Multiplications a part: some tenths of a millisecond, far more than waking a thread takes. */
  private static final double LEAST = 8e6;

  /** Kernels go through so many columns at a time. */
  private static final long STRIDE = 64;

  private static final Executor CREW =
      Executors.newFixedThreadPool(
          Math.max(1, Libtorch.workers() - 1),
          work -> {
            var thread = new Thread(work, "fresnel-product");
            thread.setDaemon(true);
            return thread;
          });

  /** Some columns: views, made on the caller's thread, whose scope frees them. */
  private record Part(Tensor result, Tensor left, Tensor right, @Nullable Tensor bias) {
    void compute() {
      try (var scope = new PointerScope()) {
        if (OneDnn.suits(left, right)) {
          OneDnn.multiply(result, left, right, bias);
        } else if (bias == null) {
          torch.mm_out(result, left, right);
        } else {
          torch.addmm_out(result, bias, left, right);
        }
      }
    }
  }

  private final List<Part> parts;
  private final AtomicInteger begun = new AtomicInteger();
  private final CountDownLatch missing;
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  private ProductInParts(List<Part> parts) {
    this.parts = parts;
    missing = new CountDownLatch(parts.size());
  }

  /** Gradients follow one product of libtorch's, and not what several threads wrote. */
  static boolean needsGradients(Tensor left, Tensor right, @Nullable Tensor bias) {
    return left.requires_grad() || right.requires_grad() || (bias != null && bias.requires_grad());
  }

  /** Into how many parts a product is worth cutting. */
  static int count(Tensor left, Tensor right) {
    double multiplications = (double) left.size(0) * right.size(0) * right.size(1);
    long most = Math.min((long) (multiplications / LEAST), right.size(1) / STRIDE);
    return (int) Math.max(1, Math.min(Libtorch.workers(), most));
  }

  /** {@code left right + bias} without gradients, in the caller's scope. */
  static Tensor of(Tensor left, Tensor right, @Nullable Tensor bias, int count) {
    long columns = right.size(1);
    var result = left.new_empty(left.size(0), columns);
    var parts = new ArrayList<Part>();
    long from = 0;
    for (int i = 1; i <= count; i++) {
      long to = i == count ? columns : columns * i / count / STRIDE * STRIDE;
      parts.add(
          new Part(
              result.narrow(1, from, to - from),
              left,
              right.narrow(1, from, to - from),
              bias == null ? null : bias.narrow(0, from, to - from)));
      from = to;
    }
    new ProductInParts(parts).compute();
    return result;
  }

  private void compute() {
    for (int i = 1; i < parts.size(); i++) {
      CREW.execute(this::work);
    }
    work();
    awaitOthers();
    RuntimeException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
  }

  private void work() {
    for (int i = begun.getAndIncrement(); i < parts.size(); i = begun.getAndIncrement()) {
      try {
        parts.get(i).compute();
      } catch (RuntimeException e) {
        failure.compareAndSet(null, e);
      } finally {
        missing.countDown();
      }
    }
  }

  /** What others write lies in the caller's memory: there is no leaving before they are done. */
  private void awaitOthers() {
    boolean interrupted = false;
    while (true) {
      try {
        missing.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
