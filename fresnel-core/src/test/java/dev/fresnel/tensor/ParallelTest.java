package dev.fresnel.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.internal.kernel.Libtorch;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.GradMode;
import org.junit.jupiter.api.Test;

class ParallelTest {
  private static final List<Integer> ITEMS = IntStream.range(0, 100).boxed().toList();

  @Test
  void everyItemIsDoneOnceAndToldOnTheCallersThread() {
    Set<Integer> done = ConcurrentHashMap.newKeySet();
    var told = new AtomicInteger();
    Thread caller = Thread.currentThread();
    Parallel.forEach(
        ITEMS,
        item -> assertThat(done.add(item)).isTrue(),
        item -> {
          assertThat(Thread.currentThread()).isSameAs(caller);
          assertThat(done).contains(item);
          told.incrementAndGet();
        });
    assertThat(done).containsExactlyInAnyOrderElementsOf(ITEMS);
    assertThat(told).hasValue(100);
  }

  @Test
  void whatOneThrowsComesOutWhenAllThreadsHaveEnded() {
    var running = new AtomicInteger();
    assertThatThrownBy(
            () ->
                Parallel.forEach(
                    ITEMS,
                    item -> {
                      running.incrementAndGet();
                      try {
                        Thread.sleep(2);
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      } finally {
                        running.decrementAndGet();
                      }
                      if (item == 3) {
                        throw new FresnelException("item 3 is damaged");
                      }
                    },
                    item -> {}))
        .isInstanceOf(FresnelException.class)
        .hasMessage("item 3 is damaged");
    assertThat(running).hasValue(0);
  }

  @Test
  void aListenerThatThrowsEndsItToo() {
    assertThatThrownBy(
            () ->
                Parallel.forEach(
                    ITEMS,
                    item -> {},
                    item -> {
                      throw new IllegalStateException("enough");
                    }))
        .hasMessage("enough");
  }

  @Test
  void anInterruptedCallerStopsBetweenItems() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Parallel.forEach(ITEMS, item -> {}, item -> {}))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void gradientsAreRecordedEverywhereOrNowhere() {
    Libtorch.load();
    Set<Boolean> recording = ConcurrentHashMap.newKeySet();
    Parallel.forEach(ITEMS, item -> recording.add(GradMode.is_enabled()), item -> {});
    assertThat(recording).containsExactly(true);
    recording.clear();
    Gradients.unrecorded(
        () -> {
          Parallel.forEach(ITEMS, item -> recording.add(GradMode.is_enabled()), item -> {});
          return null;
        });
    assertThat(recording).containsExactly(false);
  }
}
