package dev.fresnel.memory;

import static dev.fresnel.hook.Dims.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.TensorFile;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Past;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.MappedFile;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.AdamW;
import dev.fresnel.tensor.grad.CrossEntropy;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One thread closes what other threads are using. Each use gives the right numbers, or the error
 * that the thing is closed; a use after free would end the process. {@code scripts/stress-closing}
 * runs more rounds.
 */
class ClosingTest {
  private static final int ROUNDS = Integer.getInteger("fresnel.rounds", 20);

  /** Threads that use the thing: one more than most small machines have cores. */
  private static final int USERS = 3;

  /** The longest time between the first uses and closing, in microseconds: some uses more. */
  private static final int LONGEST_PAUSE = 400;

  private static final Dim A = new Dim("a");
  private static final float[] NUMBERS = numbers(1000);

  private final ExecutorService pool = Executors.newFixedThreadPool(USERS);

  /** What is closed, and one use of it. */
  private record Shared(AutoCloseable owner, Runnable use) {}

  @AfterEach
  void stop() {
    pool.shutdownNow();
  }

  /** Small whole numbers, so that their sums are exact, and the largest last. */
  private static float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = i % 10;
    }
    numbers[count - 1] = 10;
    return numbers;
  }

  private static Tensor tensor() {
    return Tensor.of(Shape.of(A, NUMBERS.length), NUMBERS);
  }

  private void race(IntFunction<Shared> maker) throws Exception {
    race(USERS, maker);
  }

  private void race(int threads, IntFunction<Shared> maker) throws Exception {
    var done = new LongAdder();
    for (int round = 0; round < ROUNDS; round++) {
      var shared = maker.apply(round);
      var started = new CountDownLatch(threads);
      var users = new ArrayList<Future<?>>();
      for (int i = 0; i < threads; i++) {
        users.add(pool.submit(() -> useUntilClosed(shared.use, started, done)));
      }
      assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
      long end = System.nanoTime() + round * 37L % LONGEST_PAUSE * 1000;
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      shared.owner.close();
      for (var user : users) {
        user.get(1, TimeUnit.MINUTES);
      }
    }
    assertThat(done.sum()).as("uses before closing").isGreaterThanOrEqualTo(ROUNDS);
  }

  private static void useUntilClosed(Runnable use, CountDownLatch started, LongAdder done) {
    boolean first = true;
    while (true) {
      try (var scope = Scope.open()) {
        use.run();
        done.increment();
      } catch (FresnelException e) {
        assertThat(e).hasMessageContaining("closed");
        return;
      } finally {
        if (first) {
          started.countDown();
          first = false;
        }
      }
    }
  }

  @Test
  void aRunMayBeClosedWhileThreadsReadIt() throws Exception {
    try (var model = ToyModels.gpt2Like(1);
        var same = model.run(Tokens.of(1, 2, 3, 4), RunPlan.captureAll())) {
      float[] logits = same.logits().floats();
      race(
          round -> {
            var run = model.run(Tokens.of(1, 2, 3, 4), RunPlan.captureAll());
            return new Shared(
                run,
                () -> {
                  assertThat(run.cache().get(HookKind.PATTERN, 1).mean(KEY).floats()).isNotEmpty();
                  assertThat(run.cache().get(HookKind.RESULT, 1).floats()).isNotEmpty();
                  assertThat(run.logits().floats()).isEqualTo(logits);
                });
          });
    }
  }

  @Test
  void aModelMayBeClosedWhileItRuns() throws Exception {
    float[] logits;
    try (var model = ToyModels.llamaLike(1);
        var run = model.run(Tokens.of(1, 2, 3, 4))) {
      logits = run.logits().floats();
    }
    race(
        round -> {
          var model = ToyModels.llamaLike(1);
          return new Shared(
              model,
              () -> {
                try (var run = model.run(Tokens.of(1, 2, 3, 4))) {
                  assertThat(run.logits().floats()).isEqualTo(logits);
                }
              });
        });
  }

  @Test
  void aPastMayBeClosedWhileRunsContinueFromIt() throws Exception {
    try (var model = ToyModels.gpt2Like(1);
        var first = model.run(Tokens.of(1, 2, 3), Past.plan(model))) {
      race(
          round -> {
            var past = Past.of(first);
            return new Shared(
                past,
                () -> {
                  try (var run = model.run(Tokens.of(4, 5), RunPlan.nothing(), past)) {
                    run.logits().floats();
                  }
                });
          });
    }
  }

  @Test
  void aRunMayBeClosedWhileItIsDifferentiated() throws Exception {
    var plan = RunPlan.capture(HookKind.Z).recordGradients();
    try (var model = ToyModels.attentionOnly(1)) {
      race(
          round -> {
            var run = model.run(Tokens.of(1, 2, 3), plan);
            return new Shared(
                run,
                () ->
                    assertThat(run.gradients(Metric.loss()).get(HookKind.Z, 0).floats())
                        .isNotEmpty());
          });
    }
  }

  @Test
  void aScopeMayBeClosedWhileOtherThreadsReadItsTensors() throws Exception {
    race(
        round -> {
          var scope = Scope.open();
          var sum = Scope.result(() -> tensor().plus(tensor()));
          var moved = Scope.step(sum, x -> x.times(0.5));
          return new Shared(
              scope,
              () -> {
                assertThat(moved.floats()).isEqualTo(NUMBERS);
                assertThat(moved.rename(A, new Dim("b")).abs().floats()).isEqualTo(NUMBERS);
              });
        });
  }

  @Test
  void anOwnerMayBeClosedWhileThreadsComputeWithItsTensors() throws Exception {
    race(
        round -> {
          var owner = new Owner("Owner");
          var kept = owner.keep(tensor(), "kept");
          return new Shared(
              owner,
              () -> {
                assertThat(kept.minus(kept).plus(kept).floats()).isEqualTo(NUMBERS);
                assertThat(kept.dot(kept, A).item()).isEqualTo(kept.square().sum(A).item());
                assertThat(kept.topIndices(A, 1).longs()).containsExactly(NUMBERS.length - 1);
                assertThat(owner.keep(kept, "again").bytes()).hasSize(4 * NUMBERS.length);
              });
        });
  }

  @Test
  void aViewOutlivesTheTensorThatItIsAViewOf() throws Exception {
    race(
        round -> {
          var owner = new Owner("Owner");
          var kept = owner.keep(tensor(), "kept");
          return new Shared(
              owner,
              () -> {
                Tensor view = kept.slice(A, 10, 20).named(new Dim("b"));
                try {
                  assertThat(view.plus(0).floats()).startsWith(0f, 1f);
                  assertThat(view.floats()).endsWith(8f, 9f);
                } catch (FresnelException e) {
                  throw new AssertionError("the view was closed with its owner", e);
                }
              });
        });
  }

  @Test
  void variablesMayBeClosedWhileAnOptimizerChangesThem() throws Exception {
    race(
        1,
        round -> {
          var owner = new Owner("Owner");
          var variable = Gradients.variable(tensor(), owner, "variable");
          var zeros = List.of(owner.keep(Tensor.full(variable.shape(), 0), "zeros"));
          var squares = List.of(owner.keep(Tensor.full(variable.shape(), 0), "squares"));
          var settings = new AdamW.Settings(0.9, 0.99, 1e-8, 0);
          var optimizer = new AdamW(settings, List.of(variable), zeros, squares, 0);
          return new Shared(
              owner,
              () -> {
                var loss =
                    CrossEntropy.mean(
                        variable.unsqueeze(new Dim("one")),
                        A,
                        Tensor.ofLongs(Shape.of(new Dim("one"), 1), 3));
                optimizer.step(Gradients.of(loss, List.of(variable)), 0.1, 1);
              });
        });
  }

  @Test
  void aTokenizerMayBeClosedWhileThreadsReadText() throws Exception {
    race(
        round -> {
          var tokenizer = Tokenizer.bytes();
          return new Shared(
              tokenizer,
              () -> {
                int[] ids = tokenizer.encode("a text");
                assertThat(ids).hasSize(6);
                assertThat(tokenizer.decode(ids)).isEqualTo("a text");
              });
        });
  }

  @Test
  void aMappedFileMayBeClosedWhileThreadsReadIt(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("numbers");
    var bytes = ByteBuffer.allocate(4 * NUMBERS.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(NUMBERS);
    Files.write(path, bytes.array());
    race(
        round -> {
          var file = open(path);
          return new Shared(
              file,
              () -> {
                var all = file.tensor(0, DType.FLOAT32, Shape.of(A, NUMBERS.length));
                file.tensor(4, DType.FLOAT32, Shape.of(A, 1));
                assertThat(stillThere(all)).isEqualTo(NUMBERS);
              });
        });
  }

  @Test
  void aFileOfTensorsMayBeClosedWhileThreadsReadIt(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("numbers.safetensors");
    TensorFile.write(path, Map.of("x", tensor()), Map.of());
    race(
        round -> {
          var file = TensorFile.open(path);
          return new Shared(file, () -> assertThat(stillThere(file.read("x"))).isEqualTo(NUMBERS));
        });
  }

  @Test
  void aHookMayCloseItsModelAndTheRunEndsWithAnError() {
    var model = ToyModels.gpt2Like(1);
    var plan =
        RunPlan.nothing()
            .edit(
                HookKind.ATTN_SCORES,
                (scores, at) -> {
                  model.close();
                  return scores;
                });
    assertThatThrownBy(() -> model.run(Tokens.of(1, 2, 3), plan))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("was closed with its Transformer");
  }

  @Test
  void aMetricMayCloseItsRunAndTheGradientsEndWithAnError() {
    try (var model = ToyModels.gpt2Like(1);
        var run = model.run(Tokens.of(1, 2, 3), RunPlan.capture(HookKind.Z).recordGradients())) {
      Metric closing =
          closed -> {
            Tensor loss = Metric.loss().of(closed);
            closed.close();
            return loss;
          };
      assertThatThrownBy(() -> run.gradients(closing))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("closed");
    }
  }

  private static MappedFile open(Path path) {
    try {
      return MappedFile.open(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The numbers of a view of a file, which stay when the file is closed. */
  private static float[] stillThere(Tensor view) {
    try {
      return view.floats();
    } catch (FresnelException e) {
      throw new AssertionError("the tensor was closed with its file", e);
    }
  }
}
