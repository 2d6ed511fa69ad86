package dev.fresnel.bench;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to hold a tensor for an operation, so that no other thread frees it meanwhile. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class UseBenchmark {
  private static final Dim ROW = new Dim("row");

  private final Tensor x = Tensor.full(Shape.of(ROW, 1), 1);
  private final Tensor y = Tensor.full(Shape.of(ROW, 1), 2);

  /** Only looks whether the tensor is closed. */
  @Benchmark
  public Object looked() {
    return x.unwrap();
  }

  /** Holds one tensor. */
  @Benchmark
  public Object heldOne() {
    try (var use = Use.open()) {
      return x.unwrap();
    }
  }

  /** Holds two tensors. */
  @Benchmark
  public boolean heldTwo() {
    try (var use = Use.open()) {
      return x.unwrap() == y.unwrap();
    }
  }

  /** Holds one tensor that threads on all cores hold all the time. */
  @Benchmark
  @Threads(Threads.MAX)
  public Object heldByAll() {
    try (var use = Use.open()) {
      return x.unwrap();
    }
  }

  /** The smallest operation, for comparison: two tensors of one number, added in a scope. */
  @Benchmark
  public int added() {
    try (var scope = Scope.open()) {
      return x.plus(y).shape().rank();
    }
  }
}
