package dev.fresnel.load.internal.weights;

import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * A base model's weights with a low-rank change added to some of them: {@code W + scale * B A}
 * (LoRA, Hu et al. 2021), as PEFT merges it. What changes comes out as float32.
 *
 * @param base closed with this
 * @param adapter the file of A and B; closed with this
 * @param changes by the weight's name in the base
 */
public record LoraWeights(WeightSource base, WeightSource adapter, Map<String, Change> changes)
    implements WeightSource {
  private static final Dim RANK = new Dim("rank");

  /**
   * A change of one matrix.
   *
   * @param a the name of A, {@code [rank, in]}
   * @param b the name of B, {@code [out, rank]}
   * @param scale what the product is multiplied by
   * @param transposed whether the base has the matrix as {@code [in, out]}
   */
  public record Change(String a, String b, double scale, boolean transposed) {}

  @Override
  public String description() {
    return base.description() + " with " + adapter.description();
  }

  @Override
  public long bytes() {
    return base.bytes() + adapter.bytes();
  }

  @Override
  public Set<String> names() {
    return base.names();
  }

  @Override
  public Map<String, String> notes() {
    return base.notes();
  }

  @Override
  public Stored stored(String name) {
    Stored stored = base.stored(name);
    return changes.containsKey(name)
        ? new Stored(DType.FLOAT32, stored.format(), stored.shape())
        : stored;
  }

  @Override
  public Tensor read(String name) {
    Change change = changes.get(name);
    if (change == null) {
      return base.read(name);
    }
    return Scope.result(
        () -> {
          Dim out = Dim.axis(change.transposed ? 1 : 0);
          Dim in = Dim.axis(change.transposed ? 0 : 1);
          Tensor a = adapter.read(change.a).to(DType.FLOAT32).named(RANK, in);
          Tensor b = adapter.read(change.b).to(DType.FLOAT32).named(out, RANK);
          Tensor delta = b.dot(a, RANK).times(change.scale).order(Dim.axis(0), Dim.axis(1));
          return base.read(name).to(DType.FLOAT32).plus(delta);
        });
  }

  @Override
  public boolean isMapped(String name) {
    return !changes.containsKey(name) && base.isMapped(name);
  }

  @Override
  public void unmap() {
    base.unmap();
    adapter.unmap();
  }

  @Override
  public void close() {
    base.close();
    adapter.close();
  }
}
