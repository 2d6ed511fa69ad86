package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.KEY;

import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The positions of one run's tokens, counted from each text's first token.
 *
 * @param start the number of positions read before this run, padding included
 * @param length the number of positions that this run reads
 * @param paddings the number of padding positions at each text's start
 */
record TokenPositions(int start, int length, List<Integer> paddings) {
  TokenPositions {
    paddings = List.copyOf(paddings);
  }

  /** The last one alone; those before it have been read. */
  TokenPositions last() {
    return new TokenPositions(start + length - 1, 1, paddings);
  }

  /** Whether any text is padded. */
  boolean isPadded() {
    return paddings.stream().anyMatch(padding -> padding > 0);
  }

  int batch() {
    return paddings.size();
  }

  /**
   * The positions, one row per text, or one row for all if none is padded. Padding has position 0.
   */
  int[][] rows() {
    return (isPadded() ? paddings : List.of(0))
        .stream()
            .map(
                padding ->
                    IntStream.range(start, start + length)
                        .map(i -> Math.max(0, i - padding))
                        .toArray())
            .toArray(int[][]::new);
  }

  /** Whether a position of this run is padding. */
  boolean isPadding(int text, int position) {
    return start + position < paddings.get(text);
  }

  /**
   * A mask [batch, key] with minus infinity at padding. Keys include the positions before this run.
   */
  Tensor paddingMask() {
    int keys = start + length;
    float[] values = new float[batch() * keys];
    for (int text = 0; text < batch(); text++) {
      Arrays.fill(
          values,
          text * keys,
          text * keys + Math.min(keys, paddings.get(text)),
          Float.NEGATIVE_INFINITY);
    }
    return Tensor.of(Shape.of(BATCH, batch()).and(KEY, keys), values);
  }
}
