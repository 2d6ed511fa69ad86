package dev.fresnel.viz;

import dev.fresnel.analysis.LensTrajectory;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.NeuronActivations;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Made-up data for the figures of the second script. */
final class MoreSamples {
  private MoreSamples() {}

  static TextPredictions predictions(List<Token> tokens) {
    var random = new Random(7);
    var next = new ArrayList<Prediction>();
    var likeliest = new ArrayList<List<Prediction>>();
    for (int at = 0; at < tokens.size(); at++) {
      var guesses = new ArrayList<Prediction>();
      for (int rank = 1; rank <= 5; rank++) {
        double probability = 0.5 * Math.pow(0.4, rank - 1);
        var token = tokens.get(random.nextInt(tokens.size()));
        guesses.add(new Prediction(rank, token, 10 + Math.log(probability), probability));
      }
      likeliest.add(guesses);
      if (at + 1 < tokens.size()) {
        double probability = Math.pow(random.nextDouble(), 3);
        int rank = 1 + random.nextInt(9);
        next.add(new Prediction(rank, tokens.get(at + 1), 10 + Math.log(probability), probability));
      }
    }
    double[] entropies = random.doubles(tokens.size(), 0, 6).toArray();
    return new TextPredictions(tokens, next, likeliest, entropies);
  }

  /** Activations as after GELU, with a NaN and an infinity in the first neuron. */
  static NeuronActivations neurons(int texts, int length, int layers, int neurons) {
    var random = new Random(3);
    var all = new ArrayList<List<Token>>();
    var values = new float[texts][layers][length][neurons];
    for (int text = 0; text < texts; text++) {
      all.add(Samples.tokens(length));
      for (float[][] layer : values[text]) {
        for (float[] position : layer) {
          for (int neuron = 0; neuron < neurons; neuron++) {
            double x = 1.5 * random.nextGaussian() - 1;
            position[neuron] = (float) (x / (1 + Math.exp(-1.702 * x)));
          }
        }
      }
    }
    values[0][0][1][0] = Float.NaN;
    values[0][0][2][0] = Float.POSITIVE_INFINITY;
    values[texts - 1][0][3][0] = 9;
    values[0][0][4][0] = -9;
    return NeuronActivations.of(all, values);
  }

  static LensTrajectory trajectory(LogitLens lens) {
    return trajectory(lens, false);
  }

  /**
   * @param own whether the tokens of a position have a rank and a probability each
   */
  static LensTrajectory trajectory(LogitLens lens, boolean own) {
    var random = new Random(11);
    var tokens = lens.tokens();
    int stages = lens.stages().size();
    double[][] entropies = new double[stages][];
    double[][] divergences = new double[stages][];
    var chosen = new ArrayList<List<List<Prediction>>>();
    for (int stage = 0; stage < stages; stage++) {
      entropies[stage] = random.doubles(tokens.size(), 0, 5).toArray();
      divergences[stage] = random.doubles(tokens.size(), 0, 5 - 5.0 * stage / stages).toArray();
      var row = new ArrayList<List<Prediction>>();
      for (int at = 0; at < tokens.size(); at++) {
        var followed = new LinkedHashSet<Token>();
        if (at + 1 < tokens.size()) {
          followed.add(tokens.get(at + 1));
        }
        for (var each : lens.predictions()) {
          followed.add(each.get(at).get(0).token());
        }
        int rank = 1 + 100 / (stage + 1);
        double probability = (stage + 1.0) / (stages + 1);
        var way = new ArrayList<Prediction>();
        for (var token : followed) {
          double share = own ? 1.0 / (1 + way.size()) : 1;
          way.add(new Prediction((int) (rank / share), token, 0, share * probability));
        }
        row.add(way);
      }
      chosen.add(row);
    }
    return new LensTrajectory(tokens, lens.stages(), entropies, divergences, chosen);
  }

  static Bars bars() {
    return Bars.of(
            "Shares",
            List.of("L0H0", "embed", "<b>bold</b>", "nothing", "none"),
            new double[] {2, -3, 0.5, 0, Double.NaN})
        .unit("logits");
  }

  static Lines lines() {
    Map<String, double[]> series = new LinkedHashMap<>();
    series.put("rank of Mary", new double[] {40, 12, Double.NaN, 3, 1});
    series.put("alone", new double[] {Double.NaN, 5, Double.NaN, Double.NaN, 2});
    return Lines.of("Ranks", Labels.layers(5), series).unit("rank");
  }

  static Report report(int size) {
    var tokens = Samples.tokens(size);
    var lens = Samples.lens(tokens, 5);
    return Report.titled("More figures")
        .add(Figure.predictions(predictions(tokens)))
        .add(Figure.performance(predictions(tokens)))
        .add(Figure.bars(Bars.of(Samples.attribution(12, 12))))
        .add(Figure.waterfall(Bars.of(Samples.attribution(12, 12))).titled("Waterfall"))
        .add(Figure.bars(bars()))
        .add(Figure.lines(lines()))
        .add(Figure.lens(lens, trajectory(lens)))
        .add(Figure.neurons(neurons(6, 12, 2, 10)))
        .add(Figure.topTokens(neurons(6, 12, 2, 10), 0, 0));
  }
}
