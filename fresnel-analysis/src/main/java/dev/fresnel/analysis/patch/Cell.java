package dev.fresnel.analysis.patch;

import dev.fresnel.tensor.Tensor;

/**
 * One run of a sweep: what it changes in the base run.
 *
 * @param index the place of its number in the results
 * @param layer the layer of the activation that it changes
 * @param from the first position whose activation it changes
 */
record Cell(int index, int layer, int from, Edit edit) {
  /** Changes the activation of one text. */
  @FunctionalInterface
  interface Edit {
    /**
     * @param activation the base run's, of one text [batch 1, ..], from position {@code start} on
     * @return the same shape
     */
    Tensor apply(Tensor activation, int start);
  }
}
