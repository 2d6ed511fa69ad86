package dev.fresnel.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Affine maps of one matrix that know their own derivatives, by oneDNN's products: each result is
 * {@code left right + bias}.
 */
final class TapedAffine {
  private TapedAffine() {}

  /** Whether {@link #of} takes these. */
  static boolean suits(Tensor left, List<Tensor> rights, List<@Nullable Tensor> biases) {
    return OneDnn.reads(left)
        && rights.stream().allMatch(OneDnn::reads)
        && biases.stream().allMatch(bias -> bias == null || OneDnnKernel.reads(bias))
        && OneDnnKernel.isThere();
  }

  /**
   * The results, noted.
   *
   * @param left [rows, summed]
   * @param rights [summed, columns] each
   * @param biases [columns] each, or null
   */
  static List<Tensor> of(
      Tape tape, Tensor left, List<Tensor> rights, List<@Nullable Tensor> biases) {
    var results = Gradients.unrecorded(() -> results(left, rights, biases));
    var inputs = new ArrayList<Tensor>();
    inputs.add(left);
    inputs.addAll(rights);
    biases.stream().filter(Objects::nonNull).forEach(inputs::add);
    var biased = biases.stream().map(Objects::nonNull).toList();
    tape.note(inputs, results, (in, slopes) -> derivatives(in, slopes, biased));
    return results;
  }

  private static List<Tensor> results(
      Tensor left, List<Tensor> rights, List<@Nullable Tensor> biases) {
    var results = new ArrayList<Tensor>();
    for (int i = 0; i < rights.size(); i++) {
      var bias = biases.get(i);
      var result = left.new_empty(left.size(0), rights.get(i).size(1));
      if (bias != null) {
        result.copy_(bias.expand(result.sizes()));
      }
      OneDnn.addProduct(result, left, rights.get(i), bias == null);
      results.add(result);
    }
    return results;
  }

  private static List<Tensor> derivatives(
      List<Tensor> inputs, List<Tensor> slopes, List<Boolean> biased) {
    var left = inputs.get(0);
    var toLeft = left.new_empty(left.shape());
    var toRights = new ArrayList<Tensor>();
    var toBiases = new ArrayList<Tensor>();
    for (int i = 0; i < slopes.size(); i++) {
      var right = inputs.get(1 + i);
      var slope = OneDnn.reads(slopes.get(i)) ? slopes.get(i) : slopes.get(i).contiguous();
      OneDnn.addProduct(toLeft, slope, right.t(), i == 0);
      var toRight = right.new_empty(right.shape());
      OneDnn.addProduct(toRight, left.t(), slope, true);
      toRights.add(toRight);
      if (biased.get(i)) {
        toBiases.add(slope.sum(0));
      }
    }
    var all = new ArrayList<>(List.of(toLeft));
    all.addAll(toRights);
    all.addAll(toBiases);
    return all;
  }
}
