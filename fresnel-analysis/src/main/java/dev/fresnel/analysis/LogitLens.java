package dev.fresnel.analysis;

import dev.fresnel.text.Token;
import java.util.List;

/**
 * What the model would predict if it stopped early: the residual stream after each layer, through the
 * final norm (its statistics recomputed) and the unembedding.
 *
 * <p>Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
 *
 * @param tokens the text, one token a position
 * @param stages one a row, from the embedding to the end: {@code 0_pre}, {@code 1_pre}, …, {@code
 *     final_post}
 * @param predictions [stage][position][rank], the likeliest first
 */
public record LogitLens(
    List<Token> tokens, List<String> stages, List<List<List<Prediction>>> predictions) {
  public LogitLens {
    tokens = List.copyOf(tokens);
    stages = List.copyOf(stages);
    predictions = predictions.stream().map(row -> row.stream().map(List::copyOf).toList()).toList();
  }
}
