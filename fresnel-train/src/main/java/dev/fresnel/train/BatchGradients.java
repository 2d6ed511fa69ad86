package dev.fresnel.train;

import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.SideBySide;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A batch's mean loss and what it derives to. The rows are shared among threads, each of which goes
 * through the model and back by itself; the results are added in the order of the rows, so that the
 * same machine gives the same numbers.
 *
 * @param loss in nats
 * @param gradients one a variable, in its shape
 */
record BatchGradients(double loss, List<Tensor> gradients) {

  /**
   * @param batch rows of one length
   * @param owner keeps the shares' gradients; what is returned is in the caller's scope
   */
  static BatchGradients of(Tokens batch, Parameters parameters, Owner owner) {
    var shares = shares(batch);
    var found = new BatchGradients[shares.size()];
    SideBySide.forEach(
        IntStream.range(0, found.length).boxed().toList(),
        i -> found[i] = share(shares.get(i), batch.batch(), parameters, owner),
        i -> {});
    double loss = 0;
    List<Tensor> sums = List.of();
    for (BatchGradients share : found) {
      loss += share.loss;
      sums = added(sums, share.gradients);
    }
    return new BatchGradients(loss, sums);
  }

  private static List<Tokens> shares(Tokens batch) {
    int count = Math.min(SideBySide.threads(), batch.batch());
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
  private static BatchGradients share(
      Tokens rows, int allRows, Parameters parameters, Owner owner) {
    try (var scope = Scope.open();
        var model = parameters.model(null);
        var run = model.run(rows)) {
      var derived = NextTokenLoss.derived(run, allRows, parameters.variables());
      var gradients = new ArrayList<Tensor>();
      for (Tensor gradient : derived.gradients()) {
        gradients.add(owner.keep(gradient, "gradient"));
      }
      return new BatchGradients(derived.loss(), gradients);
    }
  }

  private static List<Tensor> added(List<Tensor> sums, List<Tensor> gradients) {
    if (sums.isEmpty() || gradients.isEmpty()) {
      return gradients;
    }
    return IntStream.range(0, sums.size())
        .mapToObj(i -> sums.get(i).plus(gradients.get(i)))
        .toList();
  }
}
