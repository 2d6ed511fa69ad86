package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.text.Token;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How much each part of the model adds to a logit at every position of a text. Column by column it
 * is an {@link Attribution}: the shares of a position add up to its logit.
 *
 * @param tokens the text, one token per position, padding left out
 * @param targets for each position, the token whose logit is taken apart
 * @param minus the token whose logit is subtracted everywhere; null for none
 * @param parts the heads, {@code L0H0} first, then everything else, as in {@link
 *     Attribution#components}
 * @param scores [part][position], in logits (natural log units); copied in and out
 * @param logits the model's logits by position, before a soft cap; copied in and out
 */
public record PositionAttribution(
    List<Token> tokens,
    List<Token> targets,
    @Nullable Token minus,
    List<String> parts,
    double[][] scores,
    double[] logits) {
  public PositionAttribution {
    tokens = List.copyOf(tokens);
    targets = List.copyOf(targets);
    parts = List.copyOf(parts);
    scores = Rows.copy(scores);
    logits = logits.clone();
  }

  @Override
  public double[][] scores() {
    return Rows.copy(scores);
  }

  @Override
  public double[] logits() {
    return logits.clone();
  }

  /**
   * One part's shares, by position.
   *
   * @throws FresnelException if there is no such part
   */
  public double[] of(String part) {
    int index = parts.indexOf(part);
    if (index < 0) {
      throw new FresnelException(
          "there is no part "
              + part
              + "; the nearest of its "
              + parts.size()
              + " are "
              + String.join(", ", NearestNames.of(part, parts)));
    }
    return scores[index].clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PositionAttribution that
        && tokens.equals(that.tokens)
        && targets.equals(that.targets)
        && Objects.equals(minus, that.minus)
        && parts.equals(that.parts)
        && Arrays.deepEquals(scores, that.scores)
        && Arrays.equals(logits, that.logits);
  }

  @Override
  public int hashCode() {
    return Objects.hash(tokens, targets, minus, parts, Arrays.deepHashCode(scores));
  }

  @Override
  public String toString() {
    return "PositionAttribution[%d parts, %d positions]".formatted(parts.size(), targets.size());
  }
}
