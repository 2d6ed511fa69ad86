package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.WholeFile;
import dev.fresnel.load.TensorFile;
import dev.fresnel.load.TransformerLensFiles;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A training run's folder, which can be loaded as a model and from which the run can be resumed.
 * One file commits: {@code training.safetensors} holds all that resuming needs, and a reader finds
 * all of it or none. The model and the history are written again from it where they lag behind.
 */
final class Checkpoint implements AutoCloseable {
  private static final String MEAN = "optimizer.mean.";
  private static final String SQUARE = "optimizer.square.";
  private static final String STEP = "step";
  private static final String MEASURED = "measured";

  private final Path folder;
  private final Runnable unlock;

  private Checkpoint(Path folder, Runnable unlock) {
    this.folder = folder;
    this.unlock = unlock;
  }

  /**
   * Makes the folder where there is none, keeps other trainings out of it, and removes what killed
   * writers left there.
   *
   * @throws FresnelException if another training is in the folder, or it cannot be written to
   */
  static Checkpoint open(Path folder) {
    makeFolder(folder);
    try {
      var lock = FolderLock.of(folder);
      WholeFile.removeAbandoned(folder);
      return new Checkpoint(folder, lock::close);
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      for (Path at = folder.toAbsolutePath(); at != null; at = at.getParent()) {
        if (Files.exists(at) && !Files.isDirectory(at)) {
          throw new FresnelException(
              at + " is no folder, but a model is several files; give the path of a folder", e);
        }
      }
      throw cannotWrite(folder, e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  private static FresnelException cannotWrite(Path path, IOException e) {
    return new FresnelException(
        "cannot write "
            + path
            + ": "
            + InputFile.reason(e)
            + "; choose another folder, or make this one writable",
        e);
  }

  Path history() {
    return folder.resolve("history.jsonl");
  }

  private Path state() {
    return folder.resolve("training.safetensors");
  }

  private Path model() {
    return folder.resolve("model.safetensors");
  }

  boolean exists() {
    return Files.exists(state());
  }

  /**
   * Writes the files that never change: configuration and tokenizer.
   *
   * @throws FresnelException if the folder holds a model that this training would overwrite
   */
  void begin(FixedFiles files) {
    if (Files.exists(model())) {
      throw new FresnelException(
          folder
              + " holds a model, but no training.safetensors from which its training could go on;"
              + " give another folder, or move the model away");
    }
    delete(history());
    files.write(folder);
  }

  /**
   * What resuming needs: the weights, and AdamW's means and squares, by TransformerLens's names.
   */
  record State(
      ModelConfig config,
      long step,
      Map<String, Tensor> weights,
      Map<String, Tensor> means,
      Map<String, Tensor> squares) {}

  /** Adds to the history, then commits the state, then writes the model's weights. */
  void write(State state, Identity identity, History.Entry measured) {
    History.append(history(), measured);
    var all = new LinkedHashMap<String, Tensor>();
    put(all, "", state.weights, state.config);
    put(all, MEAN, state.means, state.config);
    put(all, SQUARE, state.squares, state.config);
    var notes = new LinkedHashMap<>(identity.notes());
    notes.put(STEP, Long.toString(state.step));
    notes.put(MEASURED, History.line(measured));
    TensorFile.write(state(), all, notes);
    writeModel(state);
  }

  private static void put(
      Map<String, Tensor> all, String prefix, Map<String, Tensor> tensors, ModelConfig config) {
    tensors.forEach(
        (name, tensor) -> all.put(prefix + TransformerLensFiles.stored(config, name), tensor));
  }

  private void writeModel(State state) {
    var weights = new LinkedHashMap<String, Tensor>();
    put(weights, "", state.weights, state.config);
    TensorFile.write(model(), weights, Map.of(STEP, Long.toString(state.step)));
  }

  /**
   * Writes a model alone, from which no training goes on. An old model of another configuration is
   * removed first, so that a kill leaves no weights rather than those of another model.
   *
   * @throws FresnelException if the folder holds a training, or cannot be written to
   */
  static void save(State state, FixedFiles files, Path folder) {
    makeFolder(folder);
    var model = new Checkpoint(folder, () -> {});
    if (model.exists()) {
      throw new FresnelException(folder + " holds a training; save the model in another folder");
    }
    if (!files.areIn(folder)) {
      delete(model.model());
      files.write(folder);
    }
    model.writeModel(state);
  }

  /**
   * Reads the state.
   *
   * @param shapes of the model's weights, by their names in the model
   * @param owner of the tensors
   * @throws FresnelException if the folder's run began with something else
   */
  State read(ModelConfig config, Map<String, Shape> shapes, Identity identity, Owner owner) {
    try (var scope = Scope.open();
        var file = TensorFile.open(state())) {
      identity.requireSame(file.notes(), folder);
      return new State(
          config,
          step(file),
          read(file, "", config, shapes, owner),
          read(file, MEAN, config, shapes, owner),
          read(file, SQUARE, config, shapes, owner));
    }
  }

  private static long step(TensorFile file) {
    return Long.parseLong(file.notes().getOrDefault(STEP, "0"));
  }

  /**
   * Writes again what a run that was killed left behind its committed state: the model, the
   * history, the files that never change.
   *
   * @return the history's entry of the committed step
   */
  History.Entry complete(State state, FixedFiles files) {
    files.writeMissing(folder);
    if (modelsStep() != state.step) {
      writeModel(state);
    }
    try (var file = TensorFile.open(state())) {
      var measured = History.entry(file.notes().getOrDefault(MEASURED, ""), file.description());
      History.endWith(history(), measured);
      return measured;
    }
  }

  /** The step of the model's weights; -1 where there is no model, or none that can be read. */
  private long modelsStep() {
    if (!Files.exists(model())) {
      return -1;
    }
    try (var file = TensorFile.open(model())) {
      return step(file);
    } catch (FresnelException | NumberFormatException damaged) {
      return -1;
    }
  }

  private static Map<String, Tensor> read(
      TensorFile file, String prefix, ModelConfig config, Map<String, Shape> shapes, Owner owner) {
    var tensors = new LinkedHashMap<String, Tensor>();
    shapes.forEach(
        (name, shape) -> {
          Tensor stored = file.read(prefix + TransformerLensFiles.stored(config, name));
          if (!stored.shape().sizes().equals(shape.sizes())) {
            throw new FresnelException(
                file.description()
                    + ": "
                    + prefix
                    + name
                    + " is "
                    + stored.shape()
                    + ", expected "
                    + shape
                    + " for the recipe's model; the file is damaged or of another model: train anew"
                    + " in another folder");
          }
          Tensor named = stored.named(shape.dims().toArray(Dim[]::new)).copy();
          tensors.put(name, owner.keep(named, prefix + name));
        });
    return tensors;
  }

  @Override
  public void close() {
    unlock.run();
  }
}
