package dev.fresnel.workshop;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.workshop.Checks.OfRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The checks of chapter 5: the shares of a logit. */
final class AttributionChecks {
  private static final List<Integer> POSITIONS = List.of(1, 4, 6);

  private AttributionChecks() {}

  static Verdict directPath(OfRun<Double> method) {
    try (var small = SmallModel.plain();
        var run = small.run(RunPlan.capture(HookKind.Z, HookKind.EMBED))) {
      var trials = new ArrayList<Trial>();
      for (int position : POSITIONS) {
        int here = SmallModel.TEXT[position];
        int next = SmallModel.TEXT[position + 1];
        var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
        mistakes.put(
            "This is the logit of the token at the position itself: the model predicts the token at"
                + " position + 1.",
            () -> share(direct(small, here, here)));
        mistakes.put(
            "This embeds the next token, which the model has not read: embed the token at the"
                + " position.",
            () -> share(direct(small, next, next)));
        mistakes.put(
            "The two tokens are exchanged: embed the one at the position, unembed towards the next.",
            () -> share(direct(small, next, here)));
        mistakes.put(
            "This is the whole logit, with what the heads write: take the embedding alone.",
            () -> share(direct(small, here, next) + sum(heads(small, run, position, next))));
        trials.add(
            new Trial(
                "on a text of 9 tokens, position " + position,
                () -> share(Answer.given(method.of(run, position))),
                share(direct(small, here, next)),
                mistakes));
      }
      return Judge.judge("direct-path", trials);
    }
  }

  private static Answer share(double value) {
    return Answer.of("the share", value);
  }

  private static double sum(double[][] heads) {
    double sum = 0;
    for (double[] layer : heads) {
      for (double head : layer) {
        sum += head;
      }
    }
    return sum;
  }

  /** The embedding of one token times the unembedding of another. */
  private static double direct(SmallModel small, int read, int predicted) {
    double[] embed = small.weight("embed.W_E");
    double[] column = column(small, predicted);
    double sum = 0;
    for (int m = 0; m < column.length; m++) {
      sum += embed[read * SmallModel.D_MODEL + m] * column[m];
    }
    return sum;
  }

  private static double[] column(SmallModel small, int token) {
    double[] unembed = small.weight("unembed.W_U");
    double[] column = new double[SmallModel.D_MODEL];
    for (int m = 0; m < column.length; m++) {
      column[m] = unembed[m * SmallModel.VOCABULARY + token];
    }
    return column;
  }

  /** What each head writes at a position, along a token's direction of W_U. */
  private static double[][] heads(SmallModel small, Run run, int position, int token) {
    return along(small, run, position, column(small, token));
  }

  private static double[][] along(SmallModel small, Run run, int position, double[] direction) {
    double[][] shares = new double[SmallModel.LAYERS][SmallModel.HEADS];
    for (int layer = 0; layer < SmallModel.LAYERS; layer++) {
      double[] z = Answer.numbers(run.cache().get(HookKind.Z, layer));
      double[] out = small.weight("blocks." + layer + ".attn.W_O");
      for (int head = 0; head < SmallModel.HEADS; head++) {
        for (int d = 0; d < SmallModel.D_HEAD; d++) {
          double mixed = z[(position * SmallModel.HEADS + head) * SmallModel.D_HEAD + d];
          for (int m = 0; m < SmallModel.D_MODEL; m++) {
            double weight = out[(head * SmallModel.D_HEAD + d) * SmallModel.D_MODEL + m];
            shares[layer][head] += mixed * weight * direction[m];
          }
        }
      }
    }
    return shares;
  }

  static Verdict logitAttribution(OfRun<double[][]> method) {
    try (var small = SmallModel.plain();
        var run = small.run(RunPlan.capture(HookKind.Z))) {
      var trials = new ArrayList<Trial>();
      for (int position : POSITIONS) {
        trials.add(
            trial(
                method,
                run,
                position,
                heads(small, run, position, next(position)),
                plain(small, run, position)));
      }
      return Judge.judge("logit-attribution", trials);
    }
  }

  private static int next(int position) {
    return SmallModel.TEXT[position + 1];
  }

  private static Trial trial(
      OfRun<double[][]> method,
      Run run,
      int position,
      double[][] expected,
      Map<String, Supplier<Answer>> mistakes) {
    return new Trial(
        "on a model of 2 layers of 3 heads, position " + position,
        () -> Answer.heads(method.of(run, position)),
        Answer.heads(expected),
        mistakes,
        Map.of(
            "layer", SmallModel.LAYERS,
            "head", SmallModel.HEADS,
            "d_model", SmallModel.D_MODEL,
            "d_head", SmallModel.D_HEAD,
            "d_vocab", SmallModel.VOCABULARY));
  }

  private static Map<String, Supplier<Answer>> plain(SmallModel small, Run run, int position) {
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistakes.put(
        "This is the logit of the token at the position itself, not of the token at position + 1.",
        () -> Answer.heads(heads(small, run, position, SmallModel.TEXT[position])));
    mistakes.put(
        "These are the heads' results one position later: the logit of the next token is made at"
            + " the position before it.",
        () -> Answer.heads(heads(small, run, position + 1, next(position))));
    mistakes.put(
        "These are the heads' results at the last position of the text, not at this one.",
        () -> Answer.heads(heads(small, run, SmallModel.TEXT.length - 1, next(position))));
    mistakes.put(
        "The rows are heads and the columns layers: return [layer][head].",
        () -> Answer.heads(transposed(heads(small, run, position, next(position)))));
    mistakes.put(
        "The layers are in the reverse order: layer 0 comes first.",
        () -> {
          double[][] shares = heads(small, run, position, next(position));
          return Answer.heads(new double[][] {shares[1], shares[0]});
        });
    mistakes.put(
        "Every row is layer 0: the layer has to be the loop's, for z and for W_O.",
        () -> {
          double[][] shares = heads(small, run, position, next(position));
          return Answer.heads(new double[][] {shares[0], shares[0]});
        });
    return mistakes;
  }

  private static double[][] transposed(double[][] values) {
    double[][] other = new double[values[0].length][values.length];
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        other[column][row] = values[row][column];
      }
    }
    return other;
  }

  static Verdict attributionThroughNorm(OfRun<double[][]> method) {
    try (var small = SmallModel.normed();
        var run = small.run(RunPlan.capture(HookKind.Z))) {
      double[] scales = Answer.numbers(run.finalScale());
      var trials = new ArrayList<Trial>();
      for (int position : POSITIONS) {
        double[] column = column(small, next(position));
        var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
        mistakes.put(
            "The final norm is forgotten: subtract the mean and divide by run.finalScale().",
            () -> Answer.heads(along(small, run, position, column)));
        mistakes.put(
            "The mean is not subtracted: a layer norm first subtracts the mean over d_model.",
            () -> Answer.heads(along(small, run, position, scaled(column, 1 / scales[position]))));
        mistakes.put(
            "The scale is not used: divide by run.finalScale() at the position.",
            () -> Answer.heads(along(small, run, position, centred(column))));
        mistakes.put(
            "This multiplies by the scale: a norm divides by it.",
            () ->
                Answer.heads(
                    along(small, run, position, scaled(centred(column), scales[position]))));
        mistakes.put(
            "This is the scale of the next position: take the one at the position.",
            () ->
                Answer.heads(
                    along(
                        small, run, position, scaled(centred(column), 1 / scales[position + 1]))));
        mistakes.put(
            "This is the scale of the last position: take the one at the position.",
            () ->
                Answer.heads(
                    along(
                        small,
                        run,
                        position,
                        scaled(centred(column), 1 / scales[scales.length - 1]))));
        trials.add(
            trial(
                method,
                run,
                position,
                along(small, run, position, scaled(centred(column), 1 / scales[position])),
                mistakes));
      }
      return Judge.judge("attribution-through-norm", trials);
    }
  }

  private static double[] centred(double[] vector) {
    double mean = 0;
    for (double each : vector) {
      mean += each / vector.length;
    }
    double[] centred = vector.clone();
    for (int i = 0; i < centred.length; i++) {
      centred[i] -= mean;
    }
    return centred;
  }

  private static double[] scaled(double[] vector, double by) {
    double[] scaled = vector.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= by;
    }
    return scaled;
  }
}
