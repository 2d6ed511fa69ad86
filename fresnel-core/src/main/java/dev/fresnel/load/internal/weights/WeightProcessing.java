package dev.fresnel.load.internal.weights;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;

import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/**
 * TransformerLens's simplifications of a model's weights, which leave every log-probability as it
 * is:
 *
 * <ul>
 *   <li><b>fold_ln</b>: a norm's scale and shift move into the weights that read from it, and those
 *       are centred over d_model, as LayerNorm's output is. Under RMS only the scale moves.
 *   <li><b>center_writing_weights</b>: what is written to the residual stream is centred, since
 *       LayerNorm takes the mean away again. Not under RMS, which does not.
 *   <li><b>center_unembed</b>: the mean over the vocabulary is taken from the logits, which softmax
 *       does not see. Not where logits have a soft cap, which does see it.
 *   <li><b>fold_value_biases</b>: value biases move into the output bias, since attention sums to
 *       1.
 * </ul>
 *
 * A step that has no meaning for a model is left out; shortformer models keep all but the last as
 * they are, since positions enter behind their norm. The steps run in this order, in float32 or
 * float64, on one part of the model at a time: nothing here reads two blocks at once.
 */
public final class WeightProcessing {
  static final String FOLD_LN = "fold_ln";
  static final String CENTER_WRITING_WEIGHTS = "center_writing_weights";
  static final String CENTER_UNEMBED = "center_unembed";
  static final String FOLD_VALUE_BIASES = "fold_value_biases";

  private static final Dim GROUP = new Dim("heads_a_kv_head");

  private final ModelConfig raw;
  private final List<String> steps;

  private WeightProcessing(ModelConfig raw, List<String> steps) {
    this.raw = raw;
    this.steps = List.copyOf(steps);
  }

  /** All steps that have a meaning for this model. */
  public static WeightProcessing of(ModelConfig raw) {
    var steps = new ArrayList<String>();
    boolean shortformer = raw.positional() instanceof Positional.Shortformer;
    if (!shortformer && !raw.norm().equals(raw.norm().folded())) {
      steps.add(FOLD_LN);
    }
    if (!shortformer && raw.norm() instanceof Norm.Layer) {
      steps.add(CENTER_WRITING_WEIGHTS);
    }
    if (!shortformer && raw.logitCap().isEmpty()) {
      steps.add(CENTER_UNEMBED);
    }
    steps.add(FOLD_VALUE_BIASES);
    return new WeightProcessing(raw, steps);
  }

  /** The steps, in order, by TransformerLens's names. */
  public List<String> steps() {
    return steps;
  }

  /** What the model computes with the processed weights. */
  public ModelConfig config() {
    return steps.contains(FOLD_LN) ? raw.folded() : raw;
  }

  /**
   * Processes the embeddings, one block, or what follows the last block.
   *
   * @param part all weights of that part
   * @return the part's weights after it, those of folded norms gone
   */
  public Map<WeightKind, Tensor> apply(Map<WeightKind, Tensor> part) {
    var weights = new EnumMap<WeightKind, Tensor>(part);
    for (String step : steps) {
      switch (step) {
        case FOLD_LN -> foldNorms(weights);
        case CENTER_WRITING_WEIGHTS -> centerWriting(weights);
        case CENTER_UNEMBED -> centerUnembed(weights);
        default -> foldValueBiases(weights);
      }
    }
    return weights;
  }

  private void foldNorms(Map<WeightKind, Tensor> weights) {
    var folded = EnumSet.noneOf(WeightKind.class);
    for (WeightKind kind : List.copyOf(weights.keySet())) {
      kind.readsFrom()
          .ifPresent(
              scale -> {
                fold(weights, scale, kind);
                folded.add(scale);
                scale.shift().ifPresent(folded::add);
              });
    }
    weights.keySet().removeAll(folded);
  }

  /**
   * The shift goes into the bias first: it passes through the weight as it was. Then everything
   * that happens to the weight does so in one pass over it: {@code w * scale - mean over d_model},
   * where the mean is a product of w with the scale. The unembedding is centred over the vocabulary
   * as well, if that is a step.
   */
  private void fold(Map<WeightKind, Tensor> weights, WeightKind norm, WeightKind kind) {
    Tensor w = weights.get(kind);
    Tensor shift = norm.shift().map(weights::get).orElse(null);
    if (shift != null) {
      weights.merge(kind.bias(raw.mlp()).orElseThrow(), w.dot(shift, D_MODEL), Tensor::plus);
    }
    Tensor scale = weights.get(norm);
    weights.put(kind, Scope.result(() -> timesPlus(w, scale, offsets(w, scale), kind)));
  }

  /** What is added to a scaled weight so that its means vanish. */
  private List<Tensor> offsets(Tensor w, Tensor scale) {
    var offsets = new ArrayList<Tensor>();
    if (raw.norm() instanceof Norm.Layer) {
      offsets.add(w.dot(scale.times(-1.0 / w.size(D_MODEL)), D_MODEL));
    }
    if (w.has(D_VOCAB) && steps.contains(CENTER_UNEMBED)) {
      Tensor mean = w.mean(D_VOCAB).times(scale);
      for (Tensor before : List.copyOf(offsets)) {
        mean = mean.plus(before.mean(D_VOCAB));
      }
      offsets.add(mean.times(-1));
    }
    return offsets;
  }

  private static void centre(Map<WeightKind, Tensor> weights, WeightKind kind, Dim dim) {
    weights.computeIfPresent(kind, (same, w) -> Scope.result(() -> centred(w, dim, kind)));
  }

  private static Tensor centred(Tensor w, Dim dim, WeightKind kind) {
    Tensor one = Tensor.full(Shape.of(dim, w.size(dim)), 1).to(w.dtype());
    return timesPlus(w, one, List.of(w.mean(dim).times(-1)), kind);
  }

  /**
   * A weight scaled and moved. The axes that its product sums over come innermost in the result:
   * with few rows the product is then faster.
   */
  private static Tensor timesPlus(Tensor w, Tensor scale, List<Tensor> offsets, WeightKind kind) {
    return Fused.timesPlus(w, scale, offsets, kind.sumsOver());
  }

  private static void centerWriting(Map<WeightKind, Tensor> weights) {
    for (WeightKind kind : List.copyOf(weights.keySet())) {
      if (kind.writesToResidual()) {
        centre(weights, kind, D_MODEL);
      }
    }
  }

  /** Folding has centred W_U already. */
  private void centerUnembed(Map<WeightKind, Tensor> weights) {
    if (!steps.contains(FOLD_LN)) {
      centre(weights, WeightKind.W_U, D_VOCAB);
    }
    centre(weights, WeightKind.B_U, D_VOCAB);
  }

  /** Where query heads share values, the shared bias counts once for each of them. */
  private static void foldValueBiases(Map<WeightKind, Tensor> weights) {
    Tensor bias = weights.get(WeightKind.B_V);
    if (bias == null) {
      return;
    }
    long kvHeads = bias.size(KV_HEAD);
    Tensor wO = weights.get(WeightKind.W_O);
    Shape groups = Shape.of(KV_HEAD, kvHeads).and(GROUP, wO.size(HEAD) / kvHeads);
    Tensor added = wO.split(HEAD, groups).sum(GROUP).dot(bias, KV_HEAD, D_HEAD);
    weights.merge(WeightKind.B_O, added, Tensor::plus);
    weights.put(WeightKind.B_V, Tensor.full(bias.shape(), 0).to(bias.dtype()));
  }
}
