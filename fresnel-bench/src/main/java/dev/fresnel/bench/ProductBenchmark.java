package dev.fresnel.bench;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.concurrent.TimeUnit;
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

/** The products of a pass: activations with a layer's weights, and queries with keys. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class ProductBenchmark {
  private static final Dim ROW = new Dim("row");
  private static final Dim IN = new Dim("in");
  private static final Dim OUT = new Dim("out");
  private static final Dim HEAD = new Dim("head");
  private static final Dim OTHER = new Dim("other");

  /** The number of tokens. */
  @Param({"1", "15", "42", "256"})
  public int rows;

  private Tensor x = Tensor.full(Shape.SCALAR, 0);
  private Tensor weight = Tensor.full(Shape.SCALAR, 0);
  private Tensor bias = Tensor.full(Shape.SCALAR, 0);
  private Tensor queries = Tensor.full(Shape.SCALAR, 0);
  private Tensor keys = Tensor.full(Shape.SCALAR, 0);

  @Setup
  public void make() {
    x = Tensor.full(Shape.of(ROW, rows).and(IN, 768), 0.5).copy();
    weight = Tensor.full(Shape.of(IN, 768).and(OUT, 3072), 0.25).copy();
    bias = Tensor.full(Shape.of(OUT, 3072), 1).copy();
    queries = Tensor.full(Shape.of(ROW, rows).and(HEAD, 12).and(IN, 64), 0.5).copy();
    keys = queries.rename(ROW, OTHER);
  }

  /** The first product of an MLP: [rows, 768] x [768, 3072]. */
  @Benchmark
  public int affine() {
    try (var scope = Scope.open()) {
      return Fused.linear(x, new Fused.Layer(weight, bias), IN).shape().rank();
    }
  }

  /** Attention scores of twelve heads, and their softmax. */
  @Benchmark
  public int pattern() {
    try (var scope = Scope.open()) {
      return queries.dot(keys, IN).softmax(OTHER).shape().rank();
    }
  }

  /** The cost that Java adds to each call: a view and its scope. */
  @Benchmark
  public int view() {
    try (var scope = Scope.open()) {
      return x.select(ROW, 0).shape().rank();
    }
  }
}
