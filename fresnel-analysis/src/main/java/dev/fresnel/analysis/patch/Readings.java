package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** How the given measures read a run. */
final class Readings {
  private Readings() {}

  /** Makes the reading of one pair. */
  @FunctionalInterface
  interface Prepared {
    Measure.Reading reading(Run clean, Run base, PromptPair pair);
  }

  /** A measure of the last position. */
  record Named(String name, Prepared prepared, BiFunction<Run, PromptPair, Metric> whole)
      implements Measure {
    @Override
    public Metric metric(Run clean, PromptPair pair) {
      return whole.apply(clean, pair);
    }

    @Override
    public Reads reads() {
      return Reads.LAST_POSITION;
    }

    @Override
    public Reading reading(Run clean, Run base, PromptPair pair) {
      return prepared.reading(clean, base, pair);
    }
  }

  /** Any metric, of one text at a time: a user's code need not be made for several threads. */
  record Own(String name, Function<PromptPair, Metric> own) implements Measure {
    @Override
    public Metric metric(Run clean, PromptPair pair) {
      return own.apply(pair);
    }

    @Override
    public Reads reads() {
      return Reads.WHOLE_TEXT;
    }

    @Override
    public Reading reading(Run clean, Run base, PromptPair pair) {
      var metric = own.apply(pair);
      return (run, start) -> {
        var numbers = new double[run.tokens().batch()];
        synchronized (metric) {
          for (int text = 0; text < numbers.length; text++) {
            numbers[text] = alone(run, text, metric);
          }
        }
        return numbers;
      };
    }

    private static double alone(Run run, int text, Metric metric) {
      var model = run.model();
      try (var scope = Scope.open()) {
        Tensor residual = run.residual().slice(BATCH, text, text + 1);
        var plan = RunPlan.nothing().startAt(model.layers(), residual);
        try (var one = model.run(Tokens.of(run.tokens().ids(text)), plan)) {
          return metric.of(one).item();
        }
      }
    }
  }

  /** The mean loss over all tokens but the first. Earlier positions have the base run's losses. */
  record Loss() implements Measure {
    @Override
    public String name() {
      return "loss";
    }

    @Override
    public Metric metric(Run clean, PromptPair pair) {
      return Metric.loss();
    }

    @Override
    public Reads reads() {
      return Reads.ALL_LOGITS;
    }

    @Override
    public Reading reading(Run clean, Run base, PromptPair pair) {
      float[] known = base.lossPerToken()[0];
      return (run, start) -> {
        double before = 0;
        for (int i = 0; i < start; i++) {
          before += known[i];
        }
        var numbers = new double[run.tokens().batch()];
        Arrays.fill(numbers, before);
        if (run.tokens().length() > 1) {
          float[][] behind = run.lossPerToken();
          for (int text = 0; text < numbers.length; text++) {
            for (float each : behind[text]) {
              numbers[text] += each;
            }
          }
        }
        for (int text = 0; text < numbers.length; text++) {
          numbers[text] /= known.length;
        }
        return numbers;
      };
    }
  }

  /** The mean over texts of a number for each. */
  static Metric mean(Function<Run, Tensor> byText) {
    return run -> Scope.result(() -> byText.apply(run).mean(BATCH));
  }

  /** A distribution over the next token. */
  record Expected(float[] logProbabilities) {
    /** How far each text's distribution is from this one, in nats [batch]. */
    Tensor divergence(Tensor logits) {
      Tensor expected =
          Tensor.of(Shape.of(D_VOCAB, logProbabilities.length), logProbabilities)
              .to(logits.dtype());
      Tensor difference = logits.logSoftmax(D_VOCAB).times(-1).plus(expected);
      return difference.times(expected.exp()).sum(D_VOCAB);
    }
  }

  static Expected logProbabilities(Run run) {
    try (var scope = Scope.open()) {
      Tensor logits = run.logits(-1).logSoftmax(D_VOCAB).select(BATCH, 0);
      return new Expected(logits.floats());
    }
  }

  /** Applies a function to the last position's output of the final norm [batch, d_model]. */
  static double[] last(Run run, UnaryOperator<Tensor> measure) {
    try (var scope = Scope.open()) {
      Tensor numbers = measure.apply(run.normalized(-1));
      float[] found = numbers.floats();
      var wide = new double[found.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = found[i];
      }
      return wide;
    }
  }
}
