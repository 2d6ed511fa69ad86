package dev.fresnel.analysis;

import dev.fresnel.text.Token;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much each part of the model adds to a logit, or to the difference of two, at one position.
 *
 * @param position the position that predicts, counted from 0, BOS included, padding left out
 * @param token the token at that position
 * @param target the token whose logit is taken apart
 * @param minus the token whose logit is subtracted from it; null for none
 * @param method how it was computed
 * @param scores the share of each head, in logits (natural log units)
 * @param components the shares of everything except the heads; with {@link Method#DIRECT} scores
 *     and components add up to the logit
 * @param logit the model's logit of the target at that position, less that of {@code minus}, before
 *     a soft cap
 */
public record Attribution(
    int position,
    Token token,
    Token target,
    @Nullable Token minus,
    Method method,
    HeadValues scores,
    List<Component> components,
    double logit) {
  /** How an attribution was computed. */
  public enum Method {
    /** Through the final norm, with its scale held at the value in this run: shares add up. */
    DIRECT("direct"),
    /** Each head's result through the unembedding and its bias, without the final norm. */
    WORKSHOP("workshop");

    private final String label;

    Method(String label) {
      this.label = label;
    }

    /** The name in JSON and of the option: {@code direct}. */
    public String label() {
      return label;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  /**
   * A part of the model that is not a head: {@code embed}, {@code pos_embed}, {@code L0 mlp},
   * {@code bias}.
   */
  public record Component(String name, double score) {}

  public Attribution {
    components = List.copyOf(components);
  }
}
