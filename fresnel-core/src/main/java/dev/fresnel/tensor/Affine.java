package dev.fresnel.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What a layer multiplies its input with and adds to it.
 *
 * @param weight the axes that are summed over, and those of the result
 * @param bias the axes of the result, in the weight's order; null for none
 */
public record Affine(Tensor weight, @Nullable Tensor bias) {}
