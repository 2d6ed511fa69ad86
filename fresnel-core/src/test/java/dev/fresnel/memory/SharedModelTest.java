package dev.fresnel.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.ToyModels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

/** Many threads run one model at the same time. */
class SharedModelTest {
  private static final int THREADS = 8;
  private static final int RUNS = 10;

  @Test
  void manyThreadsGetTheResultsOfOneAndLeaveNothingBehind() throws Exception {
    for (Transformer each : ToyModels.all(7)) {
      try (Transformer model = each) {
        List<float[]> alone = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
          alone.add(work(model, thread));
        }
        long before = Pointer.totalCount();
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
          int number = thread;
          tasks.add(() -> sameEveryTime(model, number, alone.get(number)));
        }
        var pool = Executors.newFixedThreadPool(THREADS);
        try {
          for (var result : pool.invokeAll(tasks)) {
            assertThat(result.get()).isTrue();
          }
        } finally {
          pool.shutdown();
        }
        assertThat(Pointer.totalCount()).as(model.toString()).isLessThanOrEqualTo(before);
      }
    }
  }

  private static boolean sameEveryTime(Transformer model, int thread, float[] expected) {
    for (int i = 0; i < RUNS; i++) {
      assertThat(work(model, thread)).isEqualTo(expected);
    }
    return true;
  }

  /** Logits, patterns and per-head results of this thread's own text. */
  private static float[] work(Transformer model, int thread) {
    try (var run = model.run(model.tokens(1, 2 + thread, 3, 1, 2 + thread), RunPlan.captureAll());
        var scope = Scope.open()) {
      float[] logits = run.logits().floats();
      float[] pattern = run.cache().get(HookKind.PATTERN, 1).floats();
      float[] result = run.cache().get(HookKind.RESULT, 1).floats();
      float[] all = new float[logits.length + pattern.length + result.length];
      System.arraycopy(logits, 0, all, 0, logits.length);
      System.arraycopy(pattern, 0, all, logits.length, pattern.length);
      System.arraycopy(result, 0, all, logits.length + pattern.length, result.length);
      return all;
    }
  }
}
