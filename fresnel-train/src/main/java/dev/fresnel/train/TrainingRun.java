package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.TextBytes;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.SpecialTokens;
import dev.fresnel.text.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A recipe applied to a text, in a folder. A run resumes from the folder's last checkpoint where
 * there is one, and leaves a model that can be loaded.
 *
 * <pre>{@code
 * TrainingRun.of(Path.of("corpus.txt"), Path.of("toy"))
 *     .withRecipe(Recipe.read(Path.of("toy.json")))
 *     .run(TrainingRun.Listener.NONE);
 * }</pre>
 *
 * @param text a UTF-8 file
 * @param folder for checkpoints, history and the model
 * @param recipe the model and how to train it; null for {@link Recipe#standard}
 * @param tokenizer where the model's tokenizer comes from
 * @param until the step after which the run stops, to be resumed later; 0 for the recipe's end
 */
public record TrainingRun(
    Path text, Path folder, @Nullable Recipe recipe, TokenizerSource tokenizer, long until) {
  /** The standard recipe and the bundled tokenizer. */
  public static TrainingRun of(Path text, Path folder) {
    return new TrainingRun(text, folder, null, new TokenizerSource.Bundled(), 0);
  }

  public TrainingRun withRecipe(Recipe other) {
    return new TrainingRun(text, folder, other, tokenizer, until);
  }

  public TrainingRun withTokenizer(TokenizerSource other) {
    return new TrainingRun(text, folder, recipe, other, until);
  }

  /** The same, stopping after this step. */
  public TrainingRun withUntil(long step) {
    return new TrainingRun(text, folder, recipe, tokenizer, step);
  }

  /** Receives a run's progress. */
  public interface Listener {
    Listener NONE = new Listener() {};

    /** Something that a user should know of what is read. */
    default void remarked(String remark) {}

    /**
     * The run begins.
     *
     * @param from the number of steps that were taken before
     * @param steps the number of steps when the run ends
     */
    default void begins(long from, long steps) {}

    /** A step was taken. */
    default void stepped(long step, double loss) {}

    /** The model was measured, and a checkpoint was written. */
    default void measured(History.Entry entry) {}
  }

  /**
   * Trains up to {@code until}.
   *
   * @return the last entry of the history
   * @throws FresnelException if a file cannot be used, another training is in the folder, or the
   *     loss is not finite
   */
  public History.Entry run(Listener listener) {
    String words = words(listener);
    byte[] textBytes = words.getBytes(StandardCharsets.UTF_8);
    byte[] tokenizerJson = tokenizer.json(words);
    try (var reader =
        Tokenizer.fromJson(tokenizerJson, new SpecialTokens(null, null, null, null))) {
      var corpus = Corpus.of(words, reader);
      var recipe = this.recipe == null ? Recipe.standard(corpus.training().length) : this.recipe;
      int vocabulary = reader.vocabularySize();
      int bos = reader.bosId().orElse(-1);
      ModelConfig config = recipe.config(vocabulary);
      var training = recipe.training();
      var batches = new Batches(corpus.training(), training, vocabulary, bos);
      var measurement = new Measurement(corpus.heldOut(), training.length(), vocabulary, bos);
      var files = new FixedFiles(config, tokenizerJson);
      var identity = Identity.of(recipe, textBytes, tokenizerJson);
      try (var checkpoint = Checkpoint.open(folder)) {
        try (var trainer = trainer(config, recipe, checkpoint, identity)) {
          var measured = begin(trainer, checkpoint, files);
          long last = until > 0 ? Math.min(until, training.steps()) : training.steps();
          listener.begins(trainer.steps(), last);
          return new TrainingLoop(trainer, batches, measurement, checkpoint, identity, listener)
              .until(last, measured);
        }
      }
    }
  }

  private static Trainer trainer(
      ModelConfig config, Recipe recipe, Checkpoint checkpoint, Identity identity) {
    var training = recipe.training();
    var start = recipe.start();
    if (checkpoint.exists()) {
      return Trainer.resumed(config, start, training, checkpoint, identity);
    }
    try (var scope = Scope.open()) {
      return Trainer.of(config, start.weights(config, training.seed()), training);
    }
  }

  /** The history's last entry; null where the run has none. */
  private static History.@Nullable Entry begin(
      Trainer trainer, Checkpoint checkpoint, FixedFiles files) {
    if (!checkpoint.exists()) {
      checkpoint.begin(files);
      return null;
    }
    try (var scope = Scope.open()) {
      return checkpoint.complete(trainer.state(), files);
    }
  }

  static byte[] bytes(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new FresnelException(
          file + (Files.exists(file) ? " is not a file" : " does not exist") + "; check the path");
    }
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new FresnelException("cannot read " + file + ": " + InputFile.reason(e), e);
    }
  }

  private String words(Listener listener) {
    var content = TextBytes.of(bytes(text), text.toString());
    if (content.hadMark()) {
      listener.remarked(TextBytes.remark(text.toString()));
    }
    if (content.text().isEmpty()) {
      throw new FresnelException(text + " is empty; give a file with text in it");
    }
    return content.text();
  }
}
