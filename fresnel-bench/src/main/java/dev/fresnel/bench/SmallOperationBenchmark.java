package dev.fresnel.bench;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Operations on a few hundred numbers: nearly all of their time is Java and the call into libtorch.
 * Java runs with the options that the command chooses.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"})
public class SmallOperationBenchmark {
  private static final Dim ROW = new Dim("row");
  private static final Dim COLUMN = new Dim("column");

  private final Tensor matrix = Tensor.full(Shape.of(ROW, 42).and(COLUMN, 8), 1).copy();
  private final Tensor vector = Tensor.full(Shape.of(COLUMN, 8), 2).copy();

  @Benchmark
  public Shape times() {
    return freed(() -> matrix.times(vector));
  }

  @Benchmark
  public Shape dotWithVector() {
    return freed(() -> matrix.dot(vector, COLUMN));
  }

  @Benchmark
  public Shape sum() {
    return freed(() -> matrix.sum(COLUMN));
  }

  @Benchmark
  public Shape select() {
    return freed(() -> matrix.select(ROW, 3));
  }

  private static Shape freed(Supplier<Tensor> operation) {
    try (var scope = Scope.open()) {
      return operation.get().shape();
    }
  }
}
