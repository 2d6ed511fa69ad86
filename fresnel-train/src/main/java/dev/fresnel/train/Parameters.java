package dev.fresnel.train;

import static dev.fresnel.hook.Dims.D_MODEL;

import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
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
 * The weights that are trained. In memory they lie as products read them, so that no pass copies
 * one.
 */
final class Parameters {
  private final ModelConfig config;
  private final Map<String, List<Dim>> dims = new LinkedHashMap<>();
  private final Map<String, Tensor> variables = new LinkedHashMap<>();

  /**
   * @param weights by TransformerLens's names
   * @param owner keeps the variables
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
   * Queries, keys and values sum over d_model: it comes first. Everything else lies right as it is.
   */
  private static List<Dim> inMemory(String name, List<Dim> dims) {
    if (!name.matches(".*\\.W_[QKV]")) {
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

  /**
   * The model as it stands. It shares its memory with the variables: close it before they change.
   */
  Transformer model(@Nullable Tokenizer tokenizer) {
    return new Transformer(
        config,
        views(),
        tokenizer,
        new Provenance("in training", "trained", List.of(), "memory", 0));
  }

  /** The weights with their axes in TransformerLens's order. */
  Map<String, Tensor> views() {
    var views = new LinkedHashMap<String, Tensor>();
    variables.forEach((name, variable) -> views.put(name, variable.order(dims.get(name))));
    return views;
  }

  /**
   * Another tensor of a variable's shape, such as its mean gradient, in TransformerLens's order.
   */
  Tensor view(String name, Tensor like) {
    return like.order(dims.get(name));
  }

  /** The inverse: in the order in which the variable lies. */
  Tensor lying(String name, Tensor stored) {
    return stored.order(inMemory(name, dims.get(name)));
  }
}
