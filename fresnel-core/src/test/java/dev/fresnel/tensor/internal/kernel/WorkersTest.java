package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.tensor.Parallel;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WorkersTest {
  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  private static List<Runnable> parts(int count, AtomicInteger done) {
    return IntStream.range(0, count).<Runnable>mapToObj(i -> done::incrementAndGet).toList();
  }

  @Test
  void everyPartIsDoneOnceWhoeverAsks() {
    var done = new AtomicInteger();
    IntStream.range(0, 2000).parallel().forEach(i -> Workers.run(parts(1 + i % 5, done)));
    assertThat(done).hasValue(2000 * 3);
  }

  @Test
  void aPartMayHavePartsOfItsOwn() {
    var done = new AtomicInteger();
    Runnable outer = () -> Workers.run(parts(4, done));
    Workers.run(List.of(outer, outer, outer));
    assertThat(done).hasValue(12);
  }

  @Test
  void aFailureIsThrownWhenAllAreDone() {
    var done = new AtomicInteger();
    Runnable slow =
        () -> {
          pause(20);
          done.incrementAndGet();
        };
    Runnable fails =
        () -> {
          throw new IllegalStateException("a part failed");
        };
    assertThatThrownBy(() -> Workers.run(List.of(fails, slow, slow, slow)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a part failed");
    assertThat(done).hasValue(3);
  }

  @Test
  void anErrorIsThrownToo() {
    var done = new AtomicInteger();
    Runnable fails =
        () -> {
          pause(5);
          throw new OutOfMemoryError("no room for a part");
        };
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> Workers.run(List.of(fails, fails, fails, done::incrementAndGet)))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("no room for a part");
    }
    assertThat(done).hasValue(5);
  }

  @Test
  void aCrewThatSleptWorksAgain() {
    var done = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      pause(3);
      Workers.run(parts(4, done));
    }
    assertThat(done).hasValue(80);
  }

  @Test
  void anInterruptedCallerWaitsAndStaysInterrupted() {
    var done = new AtomicInteger();
    Thread.currentThread().interrupt();
    Workers.run(IntStream.range(0, 4).<Runnable>mapToObj(i -> () -> busy(done)).toList());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).hasValue(4);
  }

  @Test
  void oneOfSeveralThreadsSideBySideGetsNoHelp() {
    var strangers = new AtomicInteger();
    int[] sizes = new int[2];
    Parallel.forEach(
        List.of(0, 1),
        i -> {
          Thread self = Thread.currentThread();
          sizes[i] = Workers.size();
          Runnable part =
              () -> {
                pause(1);
                if (Thread.currentThread() != self) {
                  strangers.incrementAndGet();
                }
              };
          Workers.run(Collections.nCopies(20, part));
        },
        i -> {});
    if (Libtorch.workers() > 1) {
      assertThat(sizes).containsOnly(1);
      assertThat(strangers).hasValue(0);
    }
    assertThat(Workers.size()).isEqualTo(Libtorch.workers());
  }

  private static void busy(AtomicInteger done) {
    long end = System.nanoTime() + 5_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    done.incrementAndGet();
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
