package dev.fresnel.analysis.attribution;

import dev.fresnel.analysis.HeadValues;
import dev.fresnel.analysis.Rows;
import dev.fresnel.hook.HookKind;
import java.util.Arrays;

/**
 * The estimated effect of patching one kind of activation, at each layer and position.
 *
 * @param what the kind of activation
 * @param clean the metric of the clean run
 * @param corrupted the metric of the corrupted run
 * @param values how much the metric of the corrupted run would change, in its unit
 *     [layer][position][head]; one head for activations that heads do not have
 */
public record NodeEffects(HookKind what, double clean, double corrupted, double[][][] values) {
  public NodeEffects {
    values = Rows.copy(values);
  }

  @Override
  public double[][][] values() {
    return Rows.copy(values);
  }

  /** The effects [layer][position], those of all heads together. */
  public double[][] byPosition() {
    return Arrays.stream(values)
        .map(
            layer ->
                Arrays.stream(layer).mapToDouble(heads -> Arrays.stream(heads).sum()).toArray())
        .toArray(double[][]::new);
  }

  /**
   * The effects of patching all positions of a head at once. In heads that share keys and values,
   * those of K and V are by key-value head.
   */
  public HeadValues byHead() {
    double[][] sums = new double[values.length][values[0][0].length];
    for (int layer = 0; layer < sums.length; layer++) {
      for (double[] heads : values[layer]) {
        for (int head = 0; head < heads.length; head++) {
          sums[layer][head] += heads[head];
        }
      }
    }
    return HeadValues.of(sums);
  }

  /** All effects in one row, by layer, then position, then head. */
  public double[] flat() {
    return Arrays.stream(values).flatMap(Arrays::stream).flatMapToDouble(Arrays::stream).toArray();
  }

  @Override
  public String toString() {
    return "NodeEffects of %s in %d layers, metric %.4g clean, %.4g corrupted"
        .formatted(what, values.length, clean, corrupted);
  }
}
