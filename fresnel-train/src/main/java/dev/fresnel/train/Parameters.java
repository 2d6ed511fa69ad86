package dev.fresnel.train;

import static dev.fresnel.hook.Dims.D_MODEL;

import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The weights that are trained. Each is stored in memory in the order in which matrix products read
 * it, so that no pass copies a weight.
 */
final class Parameters {
  private final ModelConfig config;
  private final Map<String, List<Dim>> dims = new LinkedHashMap<>();
  private final Map<String, Tensor> variables = new LinkedHashMap<>();

  /**
   * @param weights by TransformerLens's names
   * @param owner of the variables
   */
  Parameters(ModelConfig config, Map<String, Tensor> weights, Owner owner) {
    this.config = config;
    weights.forEach(
        (name, weight) -> {
          dims.put(name, weight.dims());
          variables.put(
              name, Gradients.variable(weight.order(inMemory(name, weight.dims())), owner, name));
        });
  }

  /**
   * The dimensions in memory. Where a product sums over d_model, as for queries, keys and values,
   * that comes first; all others are as TransformerLens has them.
   */
  private static List<Dim> inMemory(String name, List<Dim> dims) {
    var summed = WeightName.parse(name).kind().sumsOver();
    if (!summed.equals(List.of(D_MODEL))) {
      return dims;
    }
    var order = new ArrayList<>(dims);
    order.remove(D_MODEL);
    order.add(0, D_MODEL);
    return order;
  }

  List<Tensor> variables() {
    return List.copyOf(variables.values());
  }

  List<String> names() {
    return List.copyOf(variables.keySet());
  }

  /** A model of the present weights. It shares their memory: close it before they change. */
  Transformer model(@Nullable Tokenizer tokenizer) {
    return new Transformer(
        config,
        views(),
        tokenizer,
        new Provenance("in training", "trained", List.of(), "memory", 0));
  }

  /** The weights by name, their dimensions in TransformerLens's order. */
  Map<String, Tensor> views() {
    var views = new LinkedHashMap<String, Tensor>();
    variables.forEach((name, variable) -> views.put(name, variable.order(dims.get(name))));
    return views;
  }

  /** A tensor of a variable's shape, such as its mean gradient, in TransformerLens's order. */
  Tensor view(String name, Tensor like) {
    return like.order(dims.get(name));
  }

  /** The inverse of {@link #view}: a tensor in the order of its variable's memory. */
  Tensor asInMemory(String name, Tensor stored) {
    return stored.order(inMemory(name, dims.get(name)));
  }
}
