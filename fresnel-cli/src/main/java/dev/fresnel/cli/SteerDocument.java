package dev.fresnel.cli;

import dev.fresnel.analysis.steering.SteeringEffect;
import dev.fresnel.viz.Figure;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code steer}.
 *
 * @param effect of the vector on the steered text; null unless a figure is asked for
 * @param begun how many tokens of the steered text are the prompt's
 */
record SteerDocument(Fields fields, @Nullable SteeringEffect effect, int begun)
    implements Document {
  /**
   * The fields of the JSON document.
   *
   * @param what the activation to which the vector was added
   * @param norm the vector's length, before it is multiplied by the scale
   * @param activationNorm the mean length of the activation at the prompt's positions, to compare
   *     with
   * @param positive the number of texts steered toward
   * @param negative the number of texts steered away from
   */
  record Fields(
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
      long seed) {}

  /**
   * A continuation of the prompt.
   *
   * @param text null where no tokenizer can be used
   * @param tokens the ids of the new tokens
   */
  record Written(@Nullable String text, int[] tokens) {
    String shown() {
      return text == null ? Arrays.toString(tokens) : Visible.message(text);
    }
  }

  @Override
  public Object json() {
    return fields;
  }

  @Override
  public Optional<Figure> wholeFigure() {
    if (effect == null) {
      return Optional.empty();
    }
    var columns = new LinkedHashMap<String, double[]>();
    columns.put("change of log probability by the vector", effect.changes());
    columns.put("log probability with the vector", effect.steered());
    columns.put("log probability without it", effect.plain());
    return Optional.of(
        Figure.colouredTokens(effect.tokens(), columns)
            .titled(
                "Steered text, from token %d on: %s of layer %d, times %s"
                    .formatted(begun, fields.what, fields.layer, fields.scale)));
  }

  @Override
  public String text() {
    String prompt = fields.prompt == null ? "" : Visible.message(fields.prompt);
    return String.format(
        Locale.ROOT,
        "%s, %s of layer %d: mean of %s less that of %s%n"
            + "length %.3f, times %s; the activation's is %.3f%n%n"
            + "without the vector%n%s%s%n%nwith the vector%n%s%s",
        Visible.message(fields.model),
        fields.what,
        fields.layer,
        counted(fields.positive, "positive"),
        counted(fields.negative, "negative"),
        fields.norm,
        fields.scale,
        fields.activationNorm,
        prompt,
        fields.plain.shown(),
        prompt,
        fields.steered.shown());
  }

  private static String counted(int texts, String side) {
    return texts + " " + side + (texts == 1 ? " text" : " texts");
  }
}
