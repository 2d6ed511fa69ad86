package dev.fresnel.generate;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import java.util.List;

/**
 * How a text is continued.
 *
 * <pre>{@code
 * GenerationOptions.of(32).with(Sampling.greedy()).stoppingAt("\n\n");
 * }</pre>
 *
 * @param maxNewTokens the most tokens that are added, from 1 on
 * @param sampling how each token is chosen
 * @param seed begins the random numbers: the same seed gives the same text
 * @param stop the generation ends where the new text has one of these; the text ends before it
 * @param stopAtEos whether the tokenizer's EOS token ends the generation
 * @param plan what every step's run keeps and changes. The first step reads the prompt; each other
 *     step reads one token, so its activations have one position
 */
public record GenerationOptions(
    int maxNewTokens,
    Sampling sampling,
    long seed,
    List<String> stop,
    boolean stopAtEos,
    RunPlan plan) {
  /**
   * @throws FresnelException if a number is outside its range, a stop string is empty, or the plan
   *     leaves out a part of the run or of its positions, or records gradients
   */
  public GenerationOptions {
    stop = List.copyOf(stop);
    if (maxNewTokens < 1) {
      throw new FresnelException(
          "the number of new tokens is %d; give one from 1 on".formatted(maxNewTokens));
    }
    if (stop.contains("")) {
      throw new FresnelException("a stop string is empty; give some text");
    }
    if (plan.positions().isPresent()) {
      throw new FresnelException(
          "each step of a generation has its own positions; leave out atPositions(), and slice what"
              + " is kept");
    }
    if (plan.start().isPresent() || plan.stopsAfterCapture() || plan.recordsGradients()) {
      throw new FresnelException(
          "each step of a generation is a whole run without gradients; leave out startAt(),"
              + " stopAfterCapture() and recordGradients(): the plan says "
              + plan);
    }
  }

  /** Draws from the model's own probabilities with seed 0; stops at the EOS token. */
  public static GenerationOptions of(int maxNewTokens) {
    return new GenerationOptions(
        maxNewTokens, Sampling.random(), 0, List.of(), true, RunPlan.nothing());
  }

  /** The same with another choice of tokens. */
  public GenerationOptions with(Sampling value) {
    return new GenerationOptions(maxNewTokens, value, seed, stop, stopAtEos, plan);
  }

  /** The same with other random numbers. */
  public GenerationOptions withSeed(long value) {
    return new GenerationOptions(maxNewTokens, sampling, value, stop, stopAtEos, plan);
  }

  /**
   * The same with these stop strings, in place of others.
   *
   * @throws FresnelException if one is empty
   */
  public GenerationOptions stoppingAt(String... value) {
    return stoppingAt(List.of(value));
  }

  /**
   * The same with these stop strings, in place of others.
   *
   * @throws FresnelException if one is empty
   */
  public GenerationOptions stoppingAt(List<String> value) {
    return new GenerationOptions(maxNewTokens, sampling, seed, value, stopAtEos, plan);
  }

  /** The same, which ends at the EOS token or reads on behind it. */
  public GenerationOptions stoppingAtEos(boolean value) {
    return new GenerationOptions(maxNewTokens, sampling, seed, stop, value, plan);
  }

  /**
   * The same with a plan of what every step keeps and changes, in place of another.
   *
   * @throws FresnelException if it leaves out a part of the run or of its positions, or records
   *     gradients
   */
  public GenerationOptions with(RunPlan value) {
    return new GenerationOptions(maxNewTokens, sampling, seed, stop, stopAtEos, value);
  }
}
