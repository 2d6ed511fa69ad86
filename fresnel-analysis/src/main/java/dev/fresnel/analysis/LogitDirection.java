package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.model.WeightKind.B_U;
import static dev.fresnel.model.WeightKind.LN_FINAL_B;
import static dev.fresnel.model.WeightKind.LN_FINAL_W;
import static dev.fresnel.model.WeightKind.W_U;

import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a logit at some positions reads of the residual stream: a direction, what the norms divide
 * by, and the unembedding's bias. A direction is the same at all positions, unless each has a token
 * of its own.
 */
final class LogitDirection {
  private final Cells cells;
  private final Transformer model;
  private final Method method;

  /** What the logit reads of the final norm's output, [d_model] or [pos, d_model]. */
  private final Tensor column;

  /** The unembedding's bias, by position. */
  private final double[] bias;

  /** The same direction before the final norm, whose divisor is left out. */
  private final Tensor direction;

  /** What the final norm divided by, by position; null where that counts nothing. */
  private final float @Nullable [] divisor;

  private LogitDirection(Cells cells, Tensor column, double[] bias, Method method) {
    this.cells = cells;
    this.model = cells.run().model();
    this.column = column;
    this.bias = bias;
    this.method = method;
    cells.run().normalized();
    direction =
        method == Method.DIRECT
            ? before(model.config().norm(), LN_FINAL_W.inModel(), column)
            : column;
    divisor =
        model.config().norm() instanceof Norm.None || method == Method.WORKSHOP
            ? null
            : cells.of(cells.run().finalScale()).floats();
  }

  /** One target at all of the positions. */
  static LogitDirection of(Cells cells, LogitTarget target, Method method) {
    var model = cells.run().model();
    Tensor column = target.column(model).contiguous(); // W_U's columns may lie far apart
    var bias = new double[cells.count()];
    Arrays.fill(bias, target.bias(model));
    return new LogitDirection(cells, column, bias, method);
  }

  /** A token of its own at each of the positions. */
  static LogitDirection ofEach(Cells cells, int[] ids) {
    var model = cells.run().model();
    IntStream.of(ids).forEach(id -> LogitTarget.requirePredicted(model, id));
    long[] columns = IntStream.of(ids).asLongStream().toArray();
    Tensor column = model.weight(W_U.inModel()).gather(D_VOCAB, columns).rename(D_VOCAB, POS);
    float[] biases =
        model.has(B_U.inModel())
            ? model.weight(B_U.inModel()).gather(D_VOCAB, columns).floats()
            : new float[ids.length];
    double[] bias = IntStream.range(0, ids.length).mapToDouble(i -> biases[i]).toArray();
    return new LogitDirection(cells, column.order(POS, D_MODEL), bias, Method.DIRECT);
  }

  /**
   * A direction of a norm's input that gives the same product as a direction of its output, but for
   * the divisor. The norm is linear, because that is held.
   */
  private Tensor before(Norm norm, WeightName weight, Tensor along) {
    if (norm instanceof Norm.None) {
      return along;
    }
    Tensor read = model.has(weight) ? along.times(model.weight(weight)) : along;
    return norm instanceof Norm.Layer ? centred(read) : read;
  }

  /** Vectors [d_model] or [pos, d_model], each less its mean. */
  private static Tensor centred(Tensor vectors) {
    float[] numbers = vectors.floats();
    int width = (int) vectors.size(D_MODEL);
    for (int from = 0; from < numbers.length; from += width) {
      double sum = 0;
      for (int i = from; i < from + width; i++) {
        sum += numbers[i];
      }
      for (int i = from; i < from + width; i++) {
        numbers[i] -= (float) (sum / width);
      }
    }
    return Tensor.of(vectors.shape(), numbers);
  }

  Cells cells() {
    return cells;
  }

  Method method() {
    return method;
  }

  /** Before the final norm, whose divisor is left out: [d_model] or [pos, d_model]. */
  Tensor vector() {
    return direction;
  }

  /** The unembedding's bias, by position. */
  double[] bias() {
    return bias.clone();
  }

  /** Divides shares by what the final norm divided by. */
  double[] scaled(double[] shares) {
    for (int i = 0; divisor != null && i < shares.length; i++) {
      shares[i] /= divisor[i];
    }
    return shares;
  }

  /** The same for shares that are all of one of the positions. */
  float[] scaled(float[] shares, int position) {
    for (int i = 0; divisor != null && i < shares.length; i++) {
      shares[i] /= divisor[position];
    }
    return shares;
  }

  /** Whether what attention and MLPs write passes a norm that counts. */
  boolean hasNormBehind() {
    return !(model.config().normBehind() instanceof Norm.None) && method == Method.DIRECT;
  }

  /**
   * The direction for what a layer's attention or MLP writes, before the norm behind it, if any.
   */
  Tensor behind(WeightName weight) {
    return hasNormBehind() ? before(model.config().normBehind(), weight, direction) : direction;
  }

  /** What vectors [pos, d_model] of the residual stream add. */
  double[] read(Tensor vectors) {
    return scaled(byPosition(vectors.dot(direction, D_MODEL)));
  }

  /** What is the same at each position, or not: [] or [pos], as numbers by position. */
  private double[] byPosition(Tensor numbers) {
    double[] shares = new double[cells.count()];
    float[] floats = numbers.floats();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = floats[floats.length == 1 ? 0 : i];
    }
    return shares;
  }

  /** What the final norm's shift adds. */
  double[] ofNorm() {
    return model.has(LN_FINAL_B.inModel())
        ? byPosition(model.weight(LN_FINAL_B.inModel()).dot(column, D_MODEL))
        : new double[cells.count()];
  }

  /** The logits by position: one column of the unembedding is enough for one logit. */
  double[] logits() {
    Tensor read = cells.of(cells.run().normalized()).dot(column, D_MODEL);
    double[] logits = byPosition(read);
    for (int i = 0; i < logits.length; i++) {
      logits[i] += bias[i];
    }
    return logits;
  }
}
