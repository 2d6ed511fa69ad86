package dev.fresnel.analysis.steering;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Token;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How much a plan, such as a steering vector's, changes what a model expects of a text's tokens.
 *
 * <pre>{@code
 * var vector = SteeringVector.ofContrast(model, RESID_POST.at(6), happy, sad);
 * var effect = SteeringEffect.of(model, model.tokens(" a good day"), vector.plan(2));
 * Figure.colouredTokens(effect.tokens(), effect.changes(), "change of log probability");
 * }</pre>
 *
 * @param tokens the text
 * @param plain each token's log probability without the plan, in nats; NaN for the first, which
 *     none precedes, and for one that the model never predicts; copied in and out
 * @param steered the same with the plan
 */
public record SteeringEffect(List<Token> tokens, double[] plain, double[] steered) {
  /**
   * @throws FresnelException if there is not one number per token
   */
  public SteeringEffect {
    tokens = List.copyOf(tokens);
    plain = plain.clone();
    steered = steered.clone();
    if (plain.length != tokens.size() || steered.length != tokens.size()) {
      throw new FresnelException(
          "an effect has two numbers per token; got %d and %d for %d tokens"
              .formatted(plain.length, steered.length, tokens.size()));
    }
  }

  /**
   * Reads one text twice, without the plan and with it.
   *
   * @throws FresnelException if there are several texts, or the text or the plan does not fit the
   *     model
   */
  public static SteeringEffect of(Transformer model, Tokens text, RunPlan plan) {
    if (text.batch() != 1 || text.isPadded()) {
      throw new FresnelException(
          "an effect is of one text without padding, got %d texts%s; take each alone"
              .formatted(text.batch(), text.isPadded() ? " with padding" : ""));
    }
    return new SteeringEffect(
        text.row(0), read(model, text, RunPlan.nothing()), read(model, text, plan));
  }

  private static double[] read(Transformer model, Tokens text, RunPlan plan) {
    try (Run run = model.run(text, plan)) {
      float[] losses = run.lossPerToken()[0];
      double[] numbers = new double[losses.length + 1];
      numbers[0] = Double.NaN;
      for (int i = 0; i < losses.length; i++) {
        numbers[i + 1] = 0 - losses[i];
      }
      return numbers;
    }
  }

  /** Each token's log probability with the plan less that without it, in nats. */
  public double[] changes() {
    double[] changes = new double[plain.length];
    Arrays.setAll(changes, at -> steered[at] - plain[at]);
    return changes;
  }

  @Override
  public double[] plain() {
    return plain.clone();
  }

  @Override
  public double[] steered() {
    return steered.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SteeringEffect that
        && tokens.equals(that.tokens)
        && Arrays.equals(plain, that.plain)
        && Arrays.equals(steered, that.steered);
  }

  @Override
  public int hashCode() {
    return Objects.hash(tokens, Arrays.hashCode(plain), Arrays.hashCode(steered));
  }

  @Override
  public String toString() {
    return "SteeringEffect[%d tokens]".formatted(tokens.size());
  }
}
