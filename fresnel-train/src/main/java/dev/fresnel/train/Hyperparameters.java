package dev.fresnel.train;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.grad.AdamW;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How a model is trained. Four settings have to be given; the others have defaults, in brackets
 * below.
 *
 * <pre>{@code
 * var training = Hyperparameters.of(1000, 16, 64, 0.001).withWarmup(100).withSeed(1);
 * }</pre>
 */
public final class Hyperparameters {
  private final HyperparameterValues values;

  private Hyperparameters(HyperparameterValues values) {
    values.require();
    this.values = values;
  }

  /**
   * @param steps the number of batches; at least 1
   * @param batch sequences per batch; at least 1
   * @param length tokens of a sequence that the model reads, at least 6; it predicts as many
   * @param rate the learning rate after the warm-up; above 0
   * @throws FresnelException if a number is out of its range
   */
  public static Hyperparameters of(int steps, int batch, int length, double rate) {
    var values = new HyperparameterValues();
    values.steps = steps;
    values.batch = batch;
    values.length = length;
    values.rate = rate;
    return new Hyperparameters(values);
  }

  /** What a recipe says. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static Hyperparameters of(HyperparameterValues values) {
    return new Hyperparameters(values.copy());
  }

  @JsonValue
  HyperparameterValues values() {
    return values.copy();
  }

  private Hyperparameters with(Consumer<HyperparameterValues> change) {
    var changed = values.copy();
    change.accept(changed);
    return new Hyperparameters(changed);
  }

  /** With a seed for the weights, the batches and the order of the text [0]. */
  public Hyperparameters withSeed(long seed) {
    return with(to -> to.seed = seed);
  }

  /**
   * With fewer tokens per sequence in every second batch, which then has more sequences and the
   * same number of tokens [no such batches].
   *
   * @param tokens at least 4; divides the length
   */
  public Hyperparameters withShorter(int tokens) {
    return with(to -> to.shorter = tokens);
  }

  /** With a number of steps in which the rate grows from 0 [0]. */
  public Hyperparameters withWarmup(int steps) {
    return with(to -> to.warmup = steps);
  }

  /** With a rate of the last step, to which the rate falls along half a cosine [0]. */
  public Hyperparameters withLastRate(double rate) {
    return with(to -> to.lastRate = rate);
  }

  /** With settings of AdamW [0.9, 0.999, 1e-8, weight decay 0.01]. */
  public Hyperparameters withOptimizer(AdamW.Settings optimizer) {
    return with(
        to -> {
          to.firstBeta = optimizer.firstBeta();
          to.secondBeta = optimizer.secondBeta();
          to.epsilon = optimizer.epsilon();
          to.weightDecay = optimizer.weightDecay();
        });
  }

  /** With the greatest norm of all gradients together; longer ones are scaled down to it [1]. */
  public Hyperparameters withClip(double norm) {
    return with(to -> to.clip = norm);
  }

  /** With the share of sequences that begin with the BOS token, from 0 to 1 [0.5]. */
  public Hyperparameters withBos(double share) {
    return with(to -> to.bos = share);
  }

  /** With sequences that repeat themselves, in the order of their first steps [none]. */
  public Hyperparameters withRepeats(Repeats... entries) {
    return with(to -> to.repeats = List.of(entries));
  }

  /** With a number of steps between two measurements, each of which writes a checkpoint [100]. */
  public Hyperparameters withEvery(int steps) {
    return with(to -> to.every = steps);
  }

  public long seed() {
    return values.seed;
  }

  /** The number of batches. */
  public int steps() {
    return values.steps;
  }

  /** The number of sequences per batch. */
  public int batch() {
    return values.batch;
  }

  /** The number of tokens of a sequence that the model reads. */
  public int length() {
    return values.length;
  }

  /** The number of tokens that the model reads of each sequence in every second batch. */
  public OptionalInt shorter() {
    return values.shorter == null ? OptionalInt.empty() : OptionalInt.of(values.shorter);
  }

  /** The greatest norm of all gradients together. */
  public double clip() {
    return values.clip;
  }

  /** The share of sequences that begin with the BOS token. */
  public double bos() {
    return values.bos;
  }

  /** The sequences that repeat themselves. */
  public List<Repeats> repeats() {
    return values.repeats;
  }

  /** The number of steps between two measurements. */
  public int every() {
    return values.every;
  }

  public AdamW.Settings optimizer() {
    return new AdamW.Settings(
        values.firstBeta, values.secondBeta, values.epsilon, values.weightDecay);
  }

  /** The number of tokens that the model reads of each sequence in a step; steps count from 0. */
  int length(long step) {
    return values.shorter != null && step % 2 == 1 ? values.shorter : values.length;
  }

  /** The number of tokens that the model has read, and predicted, after some steps. */
  long tokens(long steps) {
    return steps * values.batch * values.length;
  }

  /** The learning rate of a step; steps count from 0. */
  public double rate(long step) {
    if (step < values.warmup) {
      return values.rate * (step + 1) / values.warmup;
    }
    double part =
        Math.min(1, (step - values.warmup) / (double) Math.max(1, steps() - values.warmup));
    return values.lastRate + (values.rate - values.lastRate) * 0.5 * (1 + Math.cos(Math.PI * part));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hyperparameters training && values.all().equals(training.values.all());
  }

  @Override
  public int hashCode() {
    return values.all().hashCode();
  }

  @Override
  public String toString() {
    return values.all().toString();
  }
}
