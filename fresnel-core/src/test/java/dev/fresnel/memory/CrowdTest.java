package dev.fresnel.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.Fresnel;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Many threads share a model, are interrupted again and again, and beside them other models are
 * opened and closed. {@code scripts/stress-closing} runs more.
 */
class CrowdTest {
  private static final int THREADS = 8;
  private static final int RUNS = Integer.getInteger("fresnel.runs", 25);

  @Test
  void everyThreadGetsTheResultsItGetsAlone() throws Exception {
    var failures = new ConcurrentLinkedQueue<Throwable>();
    try (var model = Fresnel.load()) {
      List<float[]> alone =
          IntStream.range(0, THREADS).mapToObj(thread -> work(model, thread)).toList();
      var others = new AtomicLong();
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        threads.add(
            new Thread(
                () -> {
                  for (int run = 0; run < RUNS; run++) {
                    assertThat(work(model, number)).isEqualTo(alone.get(number));
                  }
                }));
      }
      var opener =
          new Thread(
              () -> {
                do {
                  openAndClose();
                  others.incrementAndGet();
                } while (threads.stream().anyMatch(Thread::isAlive));
              });
      threads.forEach(thread -> thread.setUncaughtExceptionHandler((at, e) -> failures.add(e)));
      opener.setUncaughtExceptionHandler((at, e) -> failures.add(e));
      threads.forEach(Thread::start);
      opener.start();
      long interrupts = 0;
      while (threads.stream().anyMatch(Thread::isAlive)) {
        threads.get((int) (interrupts++ % THREADS)).interrupt();
        Thread.sleep(1);
      }
      opener.join();
      assertThat(failures).isEmpty();
      assertThat(others.get()).as("models opened and closed").isPositive();
    }
  }

  /** The logits and the patterns of this thread's own text. */
  private static float[] work(Transformer model, int thread) {
    try (var run = model.run(Tokens.of(5, 6 + thread, 7, 5, 6 + thread), RunPlan.captureAll())) {
      float[] logits = run.logits().floats();
      float[] pattern = run.cache().get(HookKind.PATTERN, 1).floats();
      float[] all = Arrays.copyOf(logits, logits.length + pattern.length);
      System.arraycopy(pattern, 0, all, logits.length, pattern.length);
      return all;
    }
  }

  private static void openAndClose() {
    try (var mapped = Fresnel.load(LoadOptions.DEFAULT.raw());
        var toy = ToyModels.gpt2Like(1);
        var run = toy.run(Tokens.of(1, 2, 3));
        var other = mapped.run(mapped.tokens("a text"))) {
      assertThat(run.logits().floats()).isNotEmpty();
      assertThat(other.logits().floats()).isNotEmpty();
    }
  }
}
