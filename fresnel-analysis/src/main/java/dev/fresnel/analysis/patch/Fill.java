package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The activations that an ablation puts in. */
sealed interface Fill extends AutoCloseable {
  /**
   * The activation of a layer from a position on, in the shape of the site or without its axes of
   * texts and positions; null for zeros.
   */
  @Nullable Tensor at(int layer, int start, int length);

  @Override
  default void close() {}

  /** Zeros. */
  record Zeros() implements Fill {
    @Override
    public @Nullable Tensor at(int layer, int start, int length) {
      return null;
    }
  }

  /** The mean over texts and positions, by layer. */
  record Means(List<Tensor> byLayer, Owner owner) implements Fill {
    static Means of(Transformer model, HookKind kind, List<Tokens> data) {
      var owner = new Owner("Means");
      var sums = new ArrayList<Tensor>();
      long positions = 0;
      for (Tokens text : data) {
        positions += text.length();
        try (var scope = Scope.open();
            var run = model.run(text, RunPlan.capture(kind).stopAfterCapture())) {
          for (int layer = 0; layer < model.layers(); layer++) {
            Tensor sum = run.cache().get(kind, layer).sum(BATCH, POS);
            if (sums.size() <= layer) {
              sums.add(owner.keep(sum, "a sum"));
            } else {
              sums.set(layer, owner.keep(sums.get(layer).plus(sum), "a sum"));
            }
          }
        }
      }
      double count = positions;
      try (var scope = Scope.open()) {
        var means = sums.stream().map(sum -> owner.keep(sum.dividedBy(count), "a mean")).toList();
        return new Means(means, owner);
      }
    }

    @Override
    public Tensor at(int layer, int start, int length) {
      return byLayer.get(layer);
    }

    @Override
    public void close() {
      owner.close();
    }
  }

  /** The activations of another text. */
  record Other(Run run, HookKind kind) implements Fill {
    static Other of(
        Transformer model, HookKind kind, List<Tokens> data, int length, Random random) {
      var longEnough = data.stream().filter(text -> text.length() >= length).toList();
      if (longEnough.isEmpty()) {
        int longest = data.stream().mapToInt(Tokens::length).max().orElse(0);
        throw new FresnelException(
            "resampling puts in another text's activations at the same positions, so the data need a text of at least %d tokens; the longest has %d"
                .formatted(length, longest));
      }
      var text = longEnough.get(random.nextInt(longEnough.size()));
      return new Other(model.run(text, RunPlan.capture(kind).stopAfterCapture()), kind);
    }

    @Override
    public Tensor at(int layer, int start, int length) {
      return run.cache().get(kind, layer).slice(POS, start, length);
    }

    @Override
    public void close() {
      run.close();
    }
  }
}
