package dev.fresnel.cli;

import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.viz.Figure;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code generate}. As text it was printed while it was made.
 *
 * @param predictions of the prompt and what follows it; null unless a figure is asked for
 */
record GenerateDocument(Fields fields, @Nullable TextPredictions predictions) implements Document {
  /**
   * The fields of the JSON document.
   *
   * @param bos whether the model read a BOS before the prompt
   * @param prompt without that BOS; null where the model has no tokenizer
   * @param text what follows the prompt; null where the model has no tokenizer
   * @param tokens the ids of the new tokens
   * @param end why it ended: {@code length}, {@code eos}, {@code stop_string} or {@code context}
   * @param tokensPerSecond new tokens, by the time from the prompt to the last of them
   */
  record Fields(
      String model,
      boolean bos,
      @Nullable String prompt,
      int[] promptTokens,
      @Nullable String text,
      int[] tokens,
      String end,
      long seed,
      double tokensPerSecond) {}

  @Override
  public String text() {
    return "";
  }

  @Override
  public Optional<Figure> wholeFigure() {
    return Optional.ofNullable(predictions)
        .map(
            found ->
                Figure.predictions(found)
                    .titled("Generated text, from token " + fields.promptTokens.length + " on"));
  }

  @Override
  public Object json() {
    return fields;
  }
}
