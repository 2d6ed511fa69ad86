package dev.fresnel.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code steer}.
 *
 * @param what the activation to which the vector was added
 * @param norm the vector's length, before it is multiplied by the scale
 * @param activationNorm the mean length of the activation at the prompt's positions, to compare
 *     with
 * @param positive the number of texts steered toward
 * @param negative the number of texts steered away from
 */
record SteerDocument(
    String model,
    String what,
    int layer,
    double scale,
    double norm,
    double activationNorm,
    int positive,
    int negative,
    @Nullable String prompt,
    Written plain,
    Written steered,
    long seed)
    implements Document {
  /**
   * A continuation of the prompt.
   *
   * @param text null where no tokenizer can be used
   * @param tokens the ids of the new tokens
   */
  record Written(@Nullable String text, int[] tokens) {
    String shown() {
      return text == null ? java.util.Arrays.toString(tokens) : Visible.message(text);
    }
  }

  @Override
  public String text() {
    String begun = prompt == null ? "" : Visible.message(prompt);
    return String.format(
        Locale.ROOT,
        "%s, %s of layer %d: mean of %d positive texts less that of %d negative ones%n"
            + "length %.3f, times %s; the activation's is %.3f%n%n"
            + "without the vector%n%s%s%n%nwith the vector%n%s%s",
        Visible.message(model),
        what,
        layer,
        positive,
        negative,
        norm,
        scale,
        activationNorm,
        begun,
        plain.shown(),
        begun,
        steered.shown());
  }
}
