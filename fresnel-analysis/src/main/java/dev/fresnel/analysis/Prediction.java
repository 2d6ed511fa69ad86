package dev.fresnel.analysis;

import dev.fresnel.text.Token;

/**
 * A token that may come next.
 *
 * @param rank 1 for the likeliest
 * @param logit natural log units
 * @param probability 0..1
 */
public record Prediction(int rank, Token token, double logit, double probability) {}
