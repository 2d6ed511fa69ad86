package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.KEY;

import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The positions of one run's tokens, counted from each text's first token.
 *
 * @param start how many positions were read before, padding included
 * @param length how many positions this run reads
 * @param paddings how many of each text's positions are padding, on its left
 */
record TokenPositions(int start, int length, int[] paddings) {

  /** Whether some text is shorter than the longest. */
  boolean isPadded() {
    return Arrays.stream(paddings).anyMatch(padding -> padding > 0);
  }

  int batch() {
    return paddings.length;
  }

  /** One row per text, or one for all of them where none is padded; 0 where there is padding. */
  int[][] rows() {
    return IntStream.of(isPadded() ? paddings : new int[1])
        .mapToObj(
            padding ->
                IntStream.range(start, start + length).map(i -> Math.max(0, i - padding)).toArray())
        .toArray(int[][]::new);
  }

  /** Whether a position of this run is padding. */
  boolean isPadding(int text, int position) {
    return start + position < paddings[text];
  }

  /** Minus infinity where a key is padding [batch, key], the positions before the run included. */
  Tensor paddingMask() {
    int keys = start + length;
    float[] values = new float[batch() * keys];
    for (int text = 0; text < batch(); text++) {
      Arrays.fill(
          values,
          text * keys,
          text * keys + Math.min(keys, paddings[text]),
          Float.NEGATIVE_INFINITY);
    }
    return Tensor.of(Shape.of(BATCH, batch()).and(KEY, keys), values);
  }
}
