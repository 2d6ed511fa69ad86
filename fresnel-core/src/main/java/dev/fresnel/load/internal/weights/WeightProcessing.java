package dev.fresnel.load.internal.weights;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;

import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
 *       does not see.
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
    if (!shortformer) {
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
   * @param part all weights of that part, under TransformerLens's names
   * @return the part's weights after it, those of folded norms gone
   */
  public Map<String, Tensor> apply(Map<String, Tensor> part) {
    var weights = new TreeMap<>(part);
    String block = weights.firstKey().replaceFirst("^(blocks\\.\\d+\\.)?.*", "$1");
    for (String step : steps) {
      switch (step) {
        case FOLD_LN -> foldNorms(weights, block);
        case CENTER_WRITING_WEIGHTS -> centerWriting(weights, block);
        case CENTER_UNEMBED -> centerUnembed(weights);
        default -> foldValueBiases(weights, block);
      }
    }
    return weights;
  }

  /**
   * What a product with this weight sums over; with few rows it is faster where that lies side by
   * side.
   */
  private static Dim[] summed(String name) {
    if (name.matches(".*[.]W_(Q|K|V|in|gate|U)")) {
      return new Dim[] {D_MODEL};
    }
    if (name.endsWith(".W_O")) {
      return new Dim[] {HEAD, D_HEAD};
    }
    return name.endsWith(".W_out") ? new Dim[] {D_MLP} : new Dim[0];
  }

  private void foldNorms(Map<String, Tensor> weights, String block) {
    if (weights.containsKey(block + "ln1.w")) {
      for (String letter : List.of("Q", "K", "V")) {
        fold(weights, block + "ln1", block + "attn.W_" + letter, block + "attn.b_" + letter);
      }
    }
    if (weights.containsKey(block + "ln2.w")) {
      foldIntoMlp(weights, block + "ln2", block + "mlp.");
    }
    if (weights.containsKey("ln_final.w")) {
      fold(weights, "ln_final", "unembed.W_U", "unembed.b_U");
    }
    weights.keySet().removeIf(name -> name.matches(".*(ln1|ln2|ln_final)\\.[wb]"));
  }

  /**
   * In a gated MLP {@code b_in} comes behind the gate; what goes with W_in before it is {@code
   * b_up}.
   */
  private void foldIntoMlp(Map<String, Tensor> weights, String norm, String mlp) {
    boolean gated = weights.containsKey(mlp + "W_gate");
    fold(weights, norm, mlp + "W_in", mlp + (gated ? "b_up" : "b_in"));
    if (gated) {
      fold(weights, norm, mlp + "W_gate", mlp + "b_gate");
    }
  }

  /**
   * The shift goes into the bias first: it passes through the weight as it was. Then everything
   * that happens to the weight does so in one pass over it: {@code w * scale - mean over d_model},
   * where the mean is a product of w with the scale. The unembedding is centred over the vocabulary
   * as well, if that is a step.
   */
  private void fold(Map<String, Tensor> weights, String norm, String weight, String bias) {
    Tensor w = weights.get(weight);
    Tensor shift = weights.get(norm + ".b");
    if (shift != null) {
      weights.merge(bias, w.dot(shift, D_MODEL), Tensor::plus);
    }
    Tensor scale = weights.get(norm + ".w");
    weights.put(
        weight,
        Scope.result(() -> Fused.timesPlus(w, scale, offsets(w, scale), List.of(summed(weight)))));
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

  private static Tensor centred(Tensor w, Dim dim, Dim... innermost) {
    Tensor one = Tensor.full(Shape.of(dim, w.size(dim)), 1).to(w.dtype());
    return Fused.timesPlus(w, one, List.of(w.mean(dim).times(-1)), List.of(innermost));
  }

  private static void centerWriting(Map<String, Tensor> weights, String block) {
    for (String name :
        List.of(
            "embed.W_E",
            "pos_embed.W_pos",
            block + "attn.W_O",
            block + "attn.b_O",
            block + "mlp.W_out",
            block + "mlp.b_out")) {
      weights.computeIfPresent(
          name, (same, w) -> Scope.result(() -> centred(w, D_MODEL, summed(same))));
    }
  }

  /** Folding has centred W_U already. */
  private void centerUnembed(Map<String, Tensor> weights) {
    var names =
        steps.contains(FOLD_LN) ? List.of("unembed.b_U") : List.of("unembed.W_U", "unembed.b_U");
    for (String name : names) {
      weights.computeIfPresent(
          name, (same, w) -> Scope.result(() -> centred(w, D_VOCAB, summed(same))));
    }
  }

  /** Where query heads share values, the shared bias counts once for each of them. */
  private void foldValueBiases(Map<String, Tensor> weights, String block) {
    Tensor bias = weights.get(block + "attn.b_V");
    if (bias == null) {
      return;
    }
    long kvHeads = bias.size(KV_HEAD);
    Tensor wO = weights.get(block + "attn.W_O");
    Shape groups = Shape.of(KV_HEAD, kvHeads).and(GROUP, wO.size(HEAD) / kvHeads);
    Tensor added = wO.split(HEAD, groups).sum(GROUP).dot(bias, KV_HEAD, D_HEAD);
    weights.merge(block + "attn.b_O", added, Tensor::plus);
    weights.put(block + "attn.b_V", Tensor.full(bias.shape(), 0).to(bias.dtype()));
  }
}
