package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.grad.Gradients;
import org.jspecify.annotations.Nullable;

/** Takes the steps of a run; every so many steps it measures the model and writes a checkpoint. */
record TrainingLoop(
    Trainer trainer,
    Batches batches,
    Measurement measurement,
    Checkpoint checkpoint,
    Identity identity,
    TrainingRun.Listener listener) {

  /**
   * @param last the step after which to stop
   * @param measured the entry of the history for the steps taken so far; null where there is none
   * @return the entry for the last step
   */
  History.Entry until(long last, History.@Nullable Entry measured) {
    History.Entry entry = measured;
    while (trainer.steps() < last) {
      entry = untilMeasured(last);
      listener.measured(entry);
    }
    if (entry == null) {
      throw new FresnelException(
          "the run has taken no step, so there is nothing to measure; give more \"steps\", or a later --until");
    }
    return entry;
  }

  /** Up to the next measurement, whose checkpoint is then written. */
  private History.Entry untilMeasured(long last) {
    long from = trainer.steps();
    long began = System.nanoTime();
    double losses = 0;
    do {
      double loss = trainer.step(batches.batch(trainer.steps()));
      losses += loss;
      listener.stepped(trainer.steps(), loss);
    } while (trainer.steps() % trainer.training().every() != 0 && trainer.steps() < last);
    double seconds = (System.nanoTime() - began) / 1e9;
    long steps = trainer.steps() - from;
    var entry = entry(losses / steps, trainer.training().tokens(steps) / seconds);
    trainer.write(checkpoint, identity, entry);
    return entry;
  }

  private History.Entry entry(double loss, double tokensPerSecond) {
    Measurement.Result result;
    try (var model = trainer.model()) {
      result = Gradients.unrecorded(() -> measurement.of(model));
    }
    var training = trainer.training();
    return new History.Entry(
        trainer.steps(),
        training.tokens(trainer.steps()),
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
}
