package dev.fresnel.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.SpecialTokens;
import dev.fresnel.text.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A recipe applied to a text, in a folder. A run resumes from the folder's last checkpoint where
 * there is one, and leaves a model that can be loaded.
 *
 * <pre>{@code
 * new TrainingRun(Recipe.read(Path.of("toy.json")), Path.of("corpus.txt"), Path.of("tokenizer.json"), Path.of("toy"), 0)
 *     .run(TrainingRun.Listener.NONE);
 * }</pre>
 *
 * @param recipe the model and how to train it
 * @param text a UTF-8 file
 * @param tokenizer a tokenizer.json
 * @param folder for checkpoints, history and the model
 * @param until the step after which the run stops, to be resumed later; 0 for the recipe's end
 */
public record TrainingRun(Recipe recipe, Path text, Path tokenizer, Path folder, long until) {
  /** Receives a run's progress. */
  public interface Listener {
    Listener NONE = new Listener() {};

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
   * @throws FresnelException if a file cannot be used, or the loss is not finite
   */
  public History.Entry run(Listener listener) {
    byte[] tokenizerJson = bytes(tokenizer);
    String words = text(text);
    try (var reader =
        Tokenizer.fromJson(tokenizerJson, new SpecialTokens(null, null, null, null))) {
      var corpus = Corpus.of(words, reader);
      int vocabulary = reader.vocabularySize();
      int bos = reader.bosId().orElse(-1);
      ModelConfig config = recipe.config(vocabulary);
      var training = recipe.training();
      var batches = new Batches(corpus.training(), training, vocabulary, bos);
      var measurement = new Measurement(corpus.heldOut(), training.length(), vocabulary, bos);
      var checkpoint = new Checkpoint(folder);
      String identity = identity(words, tokenizerJson);
      try (var trainer = trainer(config, checkpoint, identity)) {
        if (!checkpoint.exists()) {
          checkpoint.begin(recipe.configuration(vocabulary), tokenizerJson);
        }
        History.keepUntil(checkpoint.history(), trainer.steps());
        listener.begins(trainer.steps(), last());
        loop(trainer, batches, measurement, new Place(checkpoint, identity), listener);
        var entries = History.read(checkpoint.history());
        return entries.get(entries.size() - 1);
      }
    }
  }

  private long last() {
    long steps = recipe.training().steps();
    return until > 0 ? Math.min(until, steps) : steps;
  }

  private Trainer trainer(ModelConfig config, Checkpoint checkpoint, String identity) {
    var training = recipe.training();
    if (checkpoint.exists()) {
      return Trainer.resumed(config, recipe.start(), training, checkpoint, identity);
    }
    try (var scope = Scope.open()) {
      return Trainer.of(config, recipe.start().weights(config, training.seed()), training);
    }
  }

  /** The run's checkpoint, and the text that identifies the run in it. */
  private record Place(Checkpoint checkpoint, String identity) {}

  private void loop(
      Trainer trainer, Batches batches, Measurement measurement, Place place, Listener listener) {
    var training = recipe.training();
    double losses = 0;
    int steps = 0;
    long began = System.nanoTime();
    while (trainer.steps() < last()) {
      double loss = trainer.step(batches.batch(trainer.steps()));
      losses += loss;
      steps++;
      listener.stepped(trainer.steps(), loss);
      if (trainer.steps() % training.every() == 0 || trainer.steps() == last()) {
        double seconds = (System.nanoTime() - began) / 1e9;
        long tokens = (long) steps * training.batch() * training.length();
        var entry = entry(trainer, measurement, losses / steps, tokens / seconds);
        History.append(place.checkpoint.history(), entry);
        trainer.write(place.checkpoint, place.identity);
        listener.measured(entry);
        losses = 0;
        steps = 0;
        began = System.nanoTime();
      }
    }
  }

  private History.Entry entry(
      Trainer trainer, Measurement measurement, double loss, double tokensPerSecond) {
    var training = recipe.training();
    Measurement.Result result;
    try (var model = trainer.model()) {
      result = dev.fresnel.tensor.grad.Gradients.unrecorded(() -> measurement.of(model));
    }
    return new History.Entry(
        trainer.steps(),
        trainer.steps() * training.batch() * training.length(),
        loss,
        result.heldOutLoss(),
        training.rate(trainer.steps() - 1),
        result.firstHalfLoss(),
        result.secondHalfLoss(),
        result.induction().score(),
        result.induction().head().label(),
        result.previousToken().score(),
        result.previousToken().head().label(),
        tokensPerSecond);
  }

  /** The recipe and the hashes of text and tokenizer: a run resumes only with the same ones. */
  private String identity(String words, byte[] tokenizerJson) {
    try {
      return TrainingJson.identities().writeValueAsString(recipe)
          + " text "
          + hash(words.getBytes(StandardCharsets.UTF_8))
          + " tokenizer "
          + hash(tokenizerJson);
    } catch (JsonProcessingException e) {
      throw new FresnelException("the recipe cannot be written down", e);
    }
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
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
      throw new FresnelException("cannot read " + file + ": " + e, e);
    }
  }

  private static String text(Path file) {
    byte[] bytes = bytes(file);
    if (bytes.length == 0) {
      throw new FresnelException(file + " is empty; give a file with text in it");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes)).toString();
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new FresnelException(file + " is not UTF-8 text", e);
    }
  }
}
