package dev.fresnel.load.internal.weights;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;

import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How a file stores a weight. Matrices have an axis for what goes in and one for what comes out;
 * heads and their dimensions share one axis, head by head. Everything that follows from this is
 * worked out from the weight's kind.
 *
 * <pre>{@code
 * OUT_IN.stored(W_Q, config)   // [heads*d_head 768, d_model 768]
 * OUT_IN.view(W_Q, config)     // from there to [head 12, d_model 768, d_head 64]
 * }</pre>
 */
public final class Storage {
  /** As torch.nn.Linear stores a matrix. */
  public static final Storage OUT_IN = new Storage(Order.OUT_IN);

  /** As GPT-2's Conv1D stores a matrix. */
  public static final Storage IN_OUT = new Storage(Order.IN_OUT);

  /** As TransformerLens stores every weight. */
  public static final Storage AS_NAMED = new Storage(Order.AS_NAMED);

  /** Which of queries, keys and values. */
  private static final Dim WHICH = new Dim("which");

  private static final Dim QUERIES_KEYS_VALUES = new Dim("3*d_model");
  private static final Dim PAIR = new Dim("pair");
  private static final Dim SIDE = new Dim("side");

  private enum Order {
    OUT_IN,
    IN_OUT,
    AS_NAMED
  }

  /** Whether queries, keys and values share an axis, and how. */
  private enum Packing {
    ALONE,
    /** All queries, all keys, all values. */
    THIRDS,
    /** For each head its query, its key, its value. */
    BY_HEAD
  }

  private final Order order;
  private final Packing packing;
  private final int skipped;
  private final UnaryOperator<Tensor> change;

  private Storage(Order order) {
    this(order, Packing.ALONE, 0, UnaryOperator.identity());
  }

  private Storage(Order order, Packing packing, int skipped, UnaryOperator<Tensor> change) {
    this.order = order;
    this.packing = packing;
    this.skipped = skipped;
    this.change = change;
  }

  /** One matrix holds all queries, then all keys, then all values. */
  public Storage inThirds() {
    return new Storage(order, Packing.THIRDS, skipped, change);
  }

  /** One matrix holds each head's query, key and value side by side. */
  public Storage inThirdsByHead() {
    return new Storage(order, Packing.BY_HEAD, skipped, change);
  }

  /** The first rows of the table mean nothing here. */
  public Storage behindRows(int count) {
    return new Storage(order, packing, count, change);
  }

  /** What is stored has to be changed, not only looked at in another way. */
  public Storage changedBy(UnaryOperator<Tensor> other) {
    return new Storage(order, packing, skipped, other);
  }

  /**
   * A head's dimensions 2i and 2i+1 belong at i and i+half: ggml's rotary embedding turns
   * neighbours together, the hub's files have them half a head apart.
   */
  public Storage inNeighbours() {
    return changedBy(Storage::halves);
  }

  private static Tensor halves(Tensor heads) {
    Shape pairs = Shape.of(PAIR, heads.size(D_HEAD) / 2).and(SIDE, 2);
    return heads.split(D_HEAD, pairs).merge(SIDE, PAIR, D_HEAD).order(heads.dims());
  }

  /** The shape that the weight has in the file. */
  public Shape stored(WeightKind kind, ModelConfig config) {
    Shape shape = Shape.SCALAR;
    for (Axis axis : axes(kind, config)) {
      shape = shape.and(axis.name, axis.parts.count() + (shape.rank() == 0 ? skipped : 0));
    }
    return shape;
  }

  /** What makes TransformerLens's weight of the stored one. */
  public UnaryOperator<Tensor> view(WeightKind kind, ModelConfig config) {
    List<Axis> axes = axes(kind, config);
    return weight -> change.apply(view(weight, axes, kind));
  }

  private Tensor view(Tensor stored, List<Axis> axes, WeightKind kind) {
    Tensor weight = stored;
    if (skipped > 0) {
      Dim rows = axes.get(0).name;
      weight = weight.slice(rows, skipped, weight.size(rows));
    }
    for (Axis axis : axes) {
      if (axis.parts.rank() > 1) {
        weight = weight.split(axis.name, axis.parts);
      }
    }
    Tensor one = weight.has(WHICH) ? weight.select(WHICH, which(kind)) : weight;
    return one.order(kind.dims());
  }

  private static int which(WeightKind kind) {
    return switch (kind) {
      case W_Q, B_Q -> 0;
      case W_K, B_K -> 1;
      case W_V, B_V -> 2;
      default -> throw new IllegalArgumentException(kind + " is not of queries, keys or values");
    };
  }

  /** One axis of a stored weight, and the axes that it is made of. */
  private record Axis(Dim name, Shape parts) {}

  private List<Axis> axes(WeightKind kind, ModelConfig config) {
    Shape shape = kind.shape(config);
    if (order == Order.AS_NAMED) {
      return kind.dims().stream().map(dim -> axis(List.of(dim), shape)).toList();
    }
    List<Dim> in = kind.sumsOver();
    List<Dim> out = kind.dims().stream().filter(dim -> !in.contains(dim)).toList();
    var axes = new ArrayList<Axis>();
    joined(order == Order.OUT_IN ? out : in, shape, axes);
    joined(order == Order.OUT_IN ? in : out, shape, axes);
    return axes;
  }

  /** Heads and their dimensions in one axis, every other axis by itself. */
  private void joined(List<Dim> dims, Shape shape, List<Axis> axes) {
    if (dims.size() == 2 && dims.get(1).equals(D_HEAD)) {
      axes.add(packing == Packing.ALONE ? axis(dims, shape) : packed(dims.get(0), shape));
      return;
    }
    dims.forEach(dim -> axes.add(axis(List.of(dim), shape)));
  }

  private static Axis axis(List<Dim> dims, Shape shape) {
    Shape parts = Shape.SCALAR;
    for (Dim dim : dims) {
      parts = parts.and(dim, shape.size(dim));
    }
    Dim first = dims.get(0);
    String heads = first.equals(HEAD) ? "heads" : first.equals(KV_HEAD) ? "kv_heads" : "";
    return new Axis(dims.size() == 1 ? first : new Dim(heads + "*d_head"), parts);
  }

  private Axis packed(Dim head, Shape shape) {
    long heads = shape.size(head);
    Shape parts =
        packing == Packing.THIRDS
            ? Shape.of(WHICH, 3).and(head, heads)
            : Shape.of(head, heads).and(WHICH, 3);
    return new Axis(QUERIES_KEYS_VALUES, parts.and(D_HEAD, shape.size(D_HEAD)));
  }
}
