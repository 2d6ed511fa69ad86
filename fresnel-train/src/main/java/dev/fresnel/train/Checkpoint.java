package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import dev.fresnel.load.TensorFile;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A training run's folder, which can be loaded as a model and from which the run can be resumed.
 * One file holds what resuming needs; a reader finds all of it or none. The model's own files are
 * written after it, from the same weights.
 */
final class Checkpoint {
  private static final String MEAN = "optimizer.mean.";
  private static final String SQUARE = "optimizer.square.";
  private static final String STEP = "step";
  private static final String RECIPE = "recipe";

  private final Path folder;

  Checkpoint(Path folder) {
    this.folder = folder;
  }

  Path history() {
    return folder.resolve("history.jsonl");
  }

  private Path state() {
    return folder.resolve("training.safetensors");
  }

  boolean exists() {
    return Files.exists(state());
  }

  /** Makes the folder, and writes the files that never change: configuration and tokenizer. */
  void begin(Map<String, Object> configuration, byte[] tokenizer) {
    try {
      Files.createDirectories(folder);
      String json =
          TrainingJson.writer().withDefaultPrettyPrinter().writeValueAsString(configuration) + "\n";
      WholeFile.write(folder.resolve("tokenizer.json"), tokenizer);
      WholeFile.write(folder.resolve("config.json"), json.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new FresnelException(
          "cannot write into "
              + folder
              + ": "
              + e
              + "; choose another folder, or make this one writable",
          e);
    }
  }

  /**
   * What resuming needs: the weights, and AdamW's means and squares, by TransformerLens's names.
   */
  record State(
      long step,
      Map<String, Tensor> weights,
      Map<String, Tensor> means,
      Map<String, Tensor> squares) {}

  /**
   * Writes the state and the model's weights.
   *
   * @param recipe the run's recipe as a text, which {@link #read} compares
   */
  void write(State state, String recipe) {
    var all = new LinkedHashMap<>(state.weights);
    state.means.forEach((name, tensor) -> all.put(MEAN + name, tensor));
    state.squares.forEach((name, tensor) -> all.put(SQUARE + name, tensor));
    TensorFile.write(state(), all, Map.of(STEP, Long.toString(state.step), RECIPE, recipe));
    TensorFile.write(
        folder.resolve("model.safetensors"),
        state.weights,
        Map.of(STEP, Long.toString(state.step)));
  }

  /**
   * Reads the state.
   *
   * @param shapes of the model's weights
   * @param owner of the tensors
   * @throws FresnelException if the folder's run has another recipe
   */
  State read(Map<String, Shape> shapes, String recipe, Owner owner) {
    try (var scope = Scope.open();
        var file = TensorFile.open(state())) {
      String began = file.notes().get(RECIPE);
      if (!recipe.equals(began)) {
        throw new FresnelException(
            folder
                + " holds a run with another recipe or text. Give another folder, or what it began"
                + " with:\n"
                + began
                + "\nnot\n"
                + recipe);
      }
      long step = Long.parseLong(file.notes().getOrDefault(STEP, "0"));
      return new State(
          step,
          read(file, "", shapes, owner),
          read(file, MEAN, shapes, owner),
          read(file, SQUARE, shapes, owner));
    }
  }

  private static Map<String, Tensor> read(
      TensorFile file, String prefix, Map<String, Shape> shapes, Owner owner) {
    var tensors = new LinkedHashMap<String, Tensor>();
    shapes.forEach(
        (name, shape) -> {
          Tensor stored = file.read(prefix + name);
          if (!stored.shape().sizes().equals(shape.sizes())) {
            throw new FresnelException(
                file.description()
                    + ": "
                    + prefix
                    + name
                    + " is "
                    + stored.shape()
                    + ", expected "
                    + shape);
          }
          Tensor named = stored.named(shape.dims().toArray(Dim[]::new)).copy();
          tensors.put(name, owner.keep(named, prefix + name));
        });
    return tensors;
  }
}
