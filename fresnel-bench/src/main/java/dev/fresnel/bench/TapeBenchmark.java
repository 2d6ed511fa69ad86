package dev.fresnel.bench;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.grad.Tape;
import dev.fresnel.tensor.internal.Bias;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.tensor.internal.FusedAttention;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One thread's share of a training step, forward and backward, for five texts of 192 tokens: once
 * with libtorch's gradients, once with a tape.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class TapeBenchmark {
  private static final Dim BATCH = new Dim("batch");
  private static final Dim QUERY = new Dim("query");
  private static final Dim KEY = new Dim("key");
  private static final Dim HEAD = new Dim("head");
  private static final Dim IN = new Dim("in");
  private static final Dim OUT = new Dim("out");

  @Param({"false", "true"})
  public boolean taped;

  private Tensor x = Tensor.full(Shape.SCALAR, 0);
  private Tensor weight = Tensor.full(Shape.SCALAR, 0);
  private Tensor queries = Tensor.full(Shape.SCALAR, 0);
  private Tensor keys = Tensor.full(Shape.SCALAR, 0);
  private Tensor values = Tensor.full(Shape.SCALAR, 0);

  private static final FusedAttention HEADS = new FusedAttention(BATCH, QUERY, KEY, HEAD, HEAD, IN);

  @Setup
  public void make() {
    x = variable(Shape.of(QUERY, 5 * 192).and(IN, 256));
    weight = variable(Shape.of(IN, 256).and(OUT, 256));
    var shape = Shape.of(BATCH, 5).and(QUERY, 192).and(HEAD, 8).and(IN, 32);
    queries = variable(shape);
    keys = variable(shape);
    values = variable(shape);
  }

  private static Tensor variable(Shape shape) {
    return Gradients.variable(Tensor.full(shape, 0.5));
  }

  /** [960, 256] x [256, 256], and the gradients of the sum of its results. */
  @Benchmark
  public int linear() {
    return derived(() -> Fused.linear(x, new Fused.Layer(weight, null), IN), List.of(x, weight));
  }

  /** Causal attention of eight heads of 32 dimensions, and the gradients of its sum. */
  @Benchmark
  public int attention() {
    return derived(
        () ->
            HEADS.attend(
                queries,
                keys.rename(QUERY, KEY),
                values.rename(QUERY, KEY),
                new Bias(null, true, false),
                0.2,
                OptionalDouble.empty()),
        List.of(queries, keys, values));
  }

  private int derived(Supplier<Tensor> computation, List<Tensor> variables) {
    try (var scope = Scope.open()) {
      if (!taped) {
        return Gradients.of(sum(computation.get()), variables).size();
      }
      try (var tape = Tape.open()) {
        Tensor sum = sum(computation.get());
        return tape.gradients(List.of(sum), List.of(Tensor.full(Shape.SCALAR, 1)), variables)
            .size();
      }
    }
  }

  private static Tensor sum(Tensor results) {
    return results.sum(results.dims().toArray(Dim[]::new));
  }
}
