package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.model.WeightKind.LN1_W;
import static dev.fresnel.model.WeightKind.LN2_W;
import static dev.fresnel.model.WeightKind.LN_FINAL_W;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Vectors of the residual stream, each with a label. They belong to the scope that was open when
 * they were made.
 *
 * @param stream where they come from
 * @param labels one per vector, TransformerLens's names: {@code embed}, {@code 0_attn_out}, {@code
 *     L0H3}, {@code bias}
 * @param vectors [part, batch, pos, d_model]
 */
public record ResidualStack(ResidualStream stream, List<String> labels, Tensor vectors) {
  /** Counts the vectors, as the labels do. */
  public static final Dim PART = new Dim("part");

  /** Added where a norm has a shift: with it, the parts add up to the norm's output. */
  private static final String SHIFT = "norm_bias";

  public ResidualStack {
    labels = List.copyOf(labels);
    if (labels.size() != vectors.size(PART)) {
      throw new FresnelException(
          "each vector has a label; there are %d vectors and %d labels"
              .formatted(vectors.size(PART), labels.size()));
    }
  }

  /**
   * One vector [batch, pos, d_model].
   *
   * @throws FresnelException if no vector bears the label
   */
  public Tensor get(String label) {
    int index = labels.indexOf(label);
    if (index < 0) {
      throw new FresnelException(
          "there is no part "
              + label
              + "; the nearest of its "
              + labels.size()
              + " are "
              + String.join(", ", NearestNames.of(label, labels)));
    }
    return vectors.select(PART, index);
  }

  /** All of them together [batch, pos, d_model]. */
  public Tensor sum() {
    return vectors.sum(PART);
  }

  /** How far each reaches along a direction of the residual stream [part, batch, pos]. */
  public Tensor along(Tensor direction) {
    return vectors.dot(direction, D_MODEL);
  }

  /**
   * Each part's share of a logit [part, batch, pos], in natural log units, for vectors that the
   * unembedding reads. Of {@link #normalized} parts that add up to the residual stream, the sum is
   * the logit without the unembedding's bias.
   */
  public Tensor logits(LogitTarget target) {
    return along(target.column(stream.run().model()));
  }

  /**
   * The parts behind the norm before the reader, with its divisor held at its value in the run: so
   * they add up to the norm's output. Where the norm has a shift of its own, it is one more part,
   * {@code norm_bias}. Without a norm, the parts themselves.
   */
  public ResidualStack normalized() {
    var model = stream.run().model();
    Norm norm = model.config().norm();
    if (norm instanceof Norm.None) {
      return this;
    }
    WeightName weight = weight();
    Tensor linear = linear(model, norm, weight, vectors, stream.divisor());
    return shifted(linear, weight);
  }

  /**
   * Each vector through the norm before the reader, with statistics of its own, as a logit lens
   * does. Such vectors do not add up.
   */
  public ResidualStack normalizedAlone() {
    var model = stream.run().model();
    Norm norm = model.config().norm();
    if (norm instanceof Norm.None) {
      return this;
    }
    WeightName weight = weight();
    boolean centred = norm instanceof Norm.Layer;
    double epsilon =
        norm instanceof Norm.Layer layer ? layer.epsilon() : ((Norm.Rms) norm).epsilon();
    Tensor x = centred ? vectors.minus(vectors.mean(D_MODEL)) : vectors;
    Tensor own = x.square().mean(D_MODEL).plus(epsilon).sqrt();
    Tensor out = linear(model, norm, weight, vectors, own).order(vectors.dims());
    var shift = weight.shift();
    boolean shifts = centred && shift.isPresent() && model.has(shift.get());
    return new ResidualStack(stream, labels, shifts ? out.plus(model.weight(shift.get())) : out);
  }

  private ResidualStack shifted(Tensor linear, WeightName weight) {
    var model = stream.run().model();
    Tensor parts = linear.order(vectors.dims());
    var shift = weight.shift();
    if (shift.isEmpty() || !model.has(shift.get())) {
      return new ResidualStack(stream, labels, parts);
    }
    Tensor first = parts.slice(PART, 0, 1);
    Tensor own = first.times(0).plus(model.weight(shift.get()));
    var more = new ArrayList<>(labels);
    more.add(SHIFT);
    return new ResidualStack(stream, more, Tensor.concatenate(PART, List.of(parts, own)));
  }

  /** The scale of the norm before the reader. */
  private WeightName weight() {
    var reader = stream.reader();
    return reader.isUnembedding(stream.run().model())
        ? LN_FINAL_W.inModel()
        : (reader.mlp() ? LN2_W : LN1_W).at(reader.layer());
  }

  /** A norm's linear part: centred, scaled, and divided by what it is given. */
  static Tensor linear(Transformer model, Norm norm, WeightName weight, Tensor x, Tensor divisor) {
    Tensor centred = norm instanceof Norm.Layer ? x.minus(x.mean(D_MODEL)) : x;
    Tensor divided = centred.dividedBy(divisor);
    return model.has(weight) ? divided.times(model.weight(weight)) : divided;
  }
}
