package dev.fresnel.train;

import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A batch's mean loss and what it derives to. The rows are shared among threads, each of which goes
 * through the model and back by itself; the shares stay in the order of the rows, so that the same
 * machine gives the same sums.
 *
 * @param loss in nats
 * @param shares for each share of the rows, one gradient a variable, in its shape: what they add up
 *     to is the batch's
 */
record BatchGradients(double loss, List<List<Tensor>> shares) {

  /**
   * @param batch rows of one length
   * @param owner keeps the gradients
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

  private static List<Tokens> shares(Tokens batch) {
    int count = Math.min(Parallel.threads(), batch.batch());
    var shares = new ArrayList<Tokens>();
    for (int share = 0; share < count; share++) {
      shares.add(
          Tokens.ofRows(
              IntStream.range(batch.batch() * share / count, batch.batch() * (share + 1) / count)
                  .mapToObj(batch::ids)
                  .toList()));
    }
    return shares;
  }

  /** What some rows add to the mean over all rows. */
  private static NextTokenLoss.Derived share(
      Tokens rows, int allRows, Parameters parameters, Owner owner) {
    try (var scope = Scope.open();
        var model = parameters.model(null)) {
      var derived = NextTokenLoss.derived(model, rows, allRows, parameters.variables());
      var gradients = derived.gradients().stream().map(g -> owner.keep(g, "gradient")).toList();
      return new NextTokenLoss.Derived(derived.loss(), gradients);
    }
  }
}
