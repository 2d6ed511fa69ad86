package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.TransformerLensFiles;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.AdamW;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model in training. A step trains on one batch; between two steps the model can be analysed. The
 * forward pass is the one that analysis uses.
 */
public final class Trainer implements AutoCloseable {
  private final ModelConfig config;
  private final Hyperparameters training;
  private final Owner owner = new Owner("Trainer");
  private final Parameters parameters;
  private final List<Tensor> means;
  private final List<Tensor> squares;
  private final AdamW optimizer;

  private Trainer(ModelConfig config, Hyperparameters training, Checkpoint.State state) {
    this.config = config;
    this.training = training;
    parameters = new Parameters(config, state.weights(), owner);
    means = kept(state.means(), "mean gradient of ");
    squares = kept(state.squares(), "mean square of ");
    optimizer =
        new AdamW(training.optimizer(), parameters.variables(), means, squares, state.step());
  }

  private List<Tensor> kept(Map<String, Tensor> state, String label) {
    var list = new ArrayList<Tensor>();
    for (String name : parameters.names()) {
      Tensor tensor = parameters.asInMemory(name, state.get(name));
      list.add(owner.keep(tensor.copy(), label + name));
    }
    return list;
  }

  /**
   * A trainer that has taken no step.
   *
   * @param weights by TransformerLens's names; they are copied
   */
  public static Trainer of(
      ModelConfig config, Map<String, Tensor> weights, Hyperparameters training) {
    try (var scope = Scope.open()) {
      return new Trainer(
          config,
          training,
          new Checkpoint.State(config, 0, weights, zeros(weights), zeros(weights)));
    }
  }

  private static Map<String, Tensor> zeros(Map<String, Tensor> weights) {
    var zeros = new LinkedHashMap<String, Tensor>();
    weights.forEach((name, weight) -> zeros.put(name, Tensor.full(weight.shape(), 0)));
    return zeros;
  }

  static Trainer resumed(
      ModelConfig config,
      Initialization start,
      Hyperparameters training,
      Checkpoint from,
      Identity identity) {
    var shapes = TransformerLensFiles.shapes(config, start.biases());
    try (var scope = Scope.open();
        var read = new Owner("checkpoint")) {
      return new Trainer(config, training, from.read(config, shapes, identity, read));
    }
  }

  /** The number of steps taken. */
  public long steps() {
    return optimizer.steps();
  }

  /**
   * Takes one step.
   *
   * @param batch rows of one length, without padding: one token more than the model reads, so that
   *     every position predicts a token
   * @return the batch's mean loss before the step, in nats
   * @throws FresnelException if the loss is not finite; the weights are then unchanged
   */
  public double step(Tokens batch) {
    try (var scope = Scope.open();
        var shares = new Owner("step")) {
      var batchGradients = BatchGradients.of(batch, parameters, shares);
      double loss = batchGradients.loss();
      if (!Double.isFinite(loss)) {
        throw new FresnelException(
            "the loss is "
                + loss
                + " in step "
                + (steps() + 1)
                + ", so training cannot go on. A lower \"rate\", a longer \"warmup\" or a smaller"
                + " \"clip\" may help; the last checkpoint is unharmed");
      }
      optimizer.stepBySum(batchGradients.shares(), training.rate(steps()), training.clip());
      return loss;
    }
  }

  /**
   * A model of the present weights, for analysis between two steps. It shares their memory: close
   * it before the next step.
   */
  public Transformer model() {
    return parameters.model(null);
  }

  /**
   * Saves the model as a folder, which Fresnel and TransformerLens can load: {@code config.json}
   * and {@code model.safetensors}.
   *
   * @param folder is made where there is none; an older model in it is replaced
   * @throws FresnelException if the folder cannot be written to, or TransformerLens has no
   *     configuration for the model
   */
  public void save(Path folder) {
    save(new FixedFiles(config, null), folder);
  }

  /**
   * The same with a tokenizer, so that the model can read text.
   *
   * @param tokenizerJson the bytes of a tokenizer.json
   */
  public void save(Path folder, byte[] tokenizerJson) {
    save(new FixedFiles(config, tokenizerJson), folder);
  }

  private void save(FixedFiles files, Path folder) {
    try (var scope = Scope.open()) {
      Checkpoint.save(state(), files, folder);
    }
  }

  void write(Checkpoint to, Identity identity, History.Entry measured) {
    try (var scope = Scope.open()) {
      to.write(state(), identity, measured);
    }
  }

  /** The weights and the optimizer's tensors, in the caller's scope. */
  Checkpoint.State state() {
    return new Checkpoint.State(config, steps(), parameters.views(), named(means), named(squares));
  }

  private Map<String, Tensor> named(List<Tensor> state) {
    var map = new LinkedHashMap<String, Tensor>();
    var names = parameters.names();
    for (int i = 0; i < names.size(); i++) {
      map.put(names.get(i), parameters.view(names.get(i), state.get(i)));
    }
    return map;
  }

  Hyperparameters training() {
    return training;
  }

  public ModelConfig config() {
    return config;
  }

  @Override
  public void close() {
    owner.close();
  }

  @Override
  public String toString() {
    return "Trainer of " + config.name();
  }
}
