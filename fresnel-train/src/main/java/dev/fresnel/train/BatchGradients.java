package dev.fresnel.train;

import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A batch's mean loss and its gradients. Each thread takes a share of the rows through the model
 * and back. The shares stay in the order of the rows, so that a machine always computes the same
 * sums.
 *
 * @param loss the mean, in nats
 * @param shares per share one gradient per variable, in the variable's shape; the batch's gradient
 *     is their sum
 */
record BatchGradients(double loss, List<List<Tensor>> shares) {

  /**
   * @param batch rows of one length, one token longer than what the model reads
   * @param owner of the gradients
   */
  static BatchGradients of(Tokens batch, Parameters parameters, Owner owner) {
    var shares = shares(batch);
    var found = new NextTokenLoss.Derived[shares.size()];
    Parallel.forEach(
        IntStream.range(0, found.length).boxed().toList(),
        i -> found[i] = share(shares.get(i), batch.batch(), parameters, owner),
        i -> {});
    return new BatchGradients(
        Arrays.stream(found).mapToDouble(NextTokenLoss.Derived::loss).sum(),
        Arrays.stream(found).map(NextTokenLoss.Derived::gradients).toList());
  }

  private static List<List<int[]>> shares(Tokens batch) {
    int count = Math.min(Parallel.threads(), batch.batch());
    var shares = new ArrayList<List<int[]>>();
    for (int share = 0; share < count; share++) {
      shares.add(
          IntStream.range(batch.batch() * share / count, batch.batch() * (share + 1) / count)
              .mapToObj(batch::ids)
              .toList());
    }
    return shares;
  }

  /** The loss and the gradients of some rows, as parts of the mean over all rows. */
  private static NextTokenLoss.Derived share(
      List<int[]> rows, int allRows, Parameters parameters, Owner owner) {
    try (var scope = Scope.open();
        var model = parameters.model(null)) {
      var derived = NextTokenLoss.derived(model, rows, allRows, parameters.variables());
      var gradients = derived.gradients().stream().map(g -> owner.keep(g, "gradient")).toList();
      return new NextTokenLoss.Derived(derived.loss(), gradients);
    }
  }
}
