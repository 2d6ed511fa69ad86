package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.HeadValues;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Made-up results that look like real ones: seeded, of any size. */
final class Samples {
  private static final String[] WORDS = {
    " I", " can", "'t", " repeat", " enough", " that", " light", " bends", " where", " it",
    " meets", " glass", ",", " and", " lenses", " gather", " it", " again", ".", "\n"
  };

  private Samples() {}

  /** A text that repeats itself, after a beginning-of-text token. */
  static List<Token> tokens(int size) {
    var tokens = new ArrayList<Token>();
    tokens.add(new Token(50256, "<|endoftext|>"));
    for (int i = 1; i < size; i++) {
      int word = (i - 1) % Math.min(WORDS.length, Math.max(1, (size - 1) / 2));
      tokens.add(new Token(1000 + word, WORDS[word]));
    }
    return tokens;
  }

  /** Heads that attend to the previous token, copy, spread, or attend to the first token. */
  static AttentionPattern pattern(int layer, int heads, int size, long seed) {
    var random = new Random(seed * 1000 + layer);
    int period = Math.min(WORDS.length, Math.max(1, (size - 1) / 2));
    var weights = new float[heads][][];
    for (int head = 0; head < heads; head++) {
      double previous = random.nextInt(6) == 0 ? 5 + 2 * random.nextDouble() : 0;
      double copies = layer > 3 && random.nextInt(5) == 0 ? 5 + 3 * random.nextDouble() : 0;
      double rests = 4 * random.nextDouble();
      weights[head] = new float[size][size];
      for (int query = 0; query < size; query++) {
        var logits = new double[query + 1];
        for (int key = 0; key <= query; key++) {
          logits[key] = random.nextGaussian() + 1.5 * Math.exp((key - query) / 3.0);
          logits[key] += key == query - 1 ? previous : 0;
          logits[key] += query > period && key == query - period + 1 ? copies : 0;
          logits[key] += key == 0 ? rests : 0;
        }
        softmax(logits, weights[head][query]);
      }
    }
    return new AttentionPattern(layer, tokens(size), weights);
  }

  /** A softmax of noise, which compresses worst. */
  static AttentionPattern noise(int layer, int heads, int size, long seed) {
    var random = new Random(seed);
    var weights = new float[heads][size][size];
    for (var head : weights) {
      for (int query = 0; query < size; query++) {
        softmax(random.doubles(query + 1, 0, 1).map(u -> gauss(random)).toArray(), head[query]);
      }
    }
    return new AttentionPattern(layer, tokens(size), weights);
  }

  private static double gauss(Random random) {
    return random.nextGaussian();
  }

  static List<AttentionPattern> patterns(int layers, int heads, int size) {
    var patterns = new ArrayList<AttentionPattern>();
    for (int layer = 0; layer < layers; layer++) {
      patterns.add(pattern(layer, heads, size, 7));
    }
    return patterns;
  }

  private static void softmax(double[] logits, float[] into) {
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit);
    }
    for (int i = 0; i < logits.length; i++) {
      into[i] = (float) (Math.exp(logits[i]) / sum);
    }
  }

  /** The mean weight at a distance from the query, as a detector computes it. */
  static HeadScores scores(String detector, List<AttentionPattern> patterns, int distance) {
    var values = new double[patterns.size()][];
    for (int layer = 0; layer < values.length; layer++) {
      var weights = patterns.get(layer).weights();
      values[layer] = new double[weights.length];
      for (int head = 0; head < weights.length; head++) {
        int size = weights[head].length;
        double sum = 0;
        for (int query = distance; query < size; query++) {
          sum += weights[head][query][query - distance];
        }
        values[layer][head] = sum / (size - distance);
      }
    }
    return new HeadScores(detector, HeadValues.of(values), 10);
  }

  static HeadScores undefined(String detector, int layers, int heads) {
    var values = new double[layers][heads];
    for (var row : values) {
      java.util.Arrays.fill(row, Double.NaN);
    }
    return new HeadScores(detector, HeadValues.of(values), 0);
  }

  static Attribution attribution(int layers, int heads) {
    var random = new Random(3);
    var scores = new double[layers][heads];
    for (int layer = 0; layer < layers; layer++) {
      for (int head = 0; head < heads; head++) {
        scores[layer][head] = random.nextGaussian() * 0.25 * (1 + layer / 4.0);
      }
    }
    scores[layers / 2][1 % heads] = 4.2;
    var parts = new ArrayList<Attribution.Component>();
    parts.add(new Attribution.Component("embed", 0.41));
    parts.add(new Attribution.Component("pos_embed", -0.08));
    for (int layer = 0; layer < layers; layer++) {
      parts.add(new Attribution.Component("L" + layer + " mlp", random.nextGaussian()));
    }
    return new Attribution(
        14,
        new Token(1006, " light"),
        new Token(1007, " bends"),
        null,
        Attribution.Method.DIRECT,
        HeadValues.of(scores),
        parts,
        12.345);
  }

  static LogitLens lens(List<Token> tokens, int layers) {
    var random = new Random(5);
    var stages = new ArrayList<String>();
    var predictions = new ArrayList<List<List<Prediction>>>();
    for (int stage = 0; stage <= layers; stage++) {
      stages.add(stage < layers ? stage + "_pre" : "final_post");
      var row = new ArrayList<List<Prediction>>();
      for (int position = 0; position < tokens.size(); position++) {
        double sure =
            Math.min(0.97, 0.04 + Math.pow(stage / (double) layers, 2) * random.nextDouble());
        var guesses = new ArrayList<Prediction>();
        for (int rank = 1; rank <= 5; rank++) {
          boolean right = rank == 1 && random.nextDouble() < sure && position + 1 < tokens.size();
          var token = right ? tokens.get(position + 1) : tokens.get(random.nextInt(tokens.size()));
          double probability = sure * Math.pow(0.4, rank - 1);
          guesses.add(new Prediction(rank, token, 10 + Math.log(probability), probability));
        }
        row.add(guesses);
      }
      predictions.add(row);
    }
    return new LogitLens(tokens, stages, predictions);
  }

  /** The curves of training runs. */
  static Curves training(Curves.Run... runs) {
    return new Curves(
        "Training: losses and head scores",
        "Against the tokens seen so far.",
        new Curves.Along("tokens", "tokens seen"),
        List.of(
            new Curves.Panel(
                "loss", "loss, nats", List.of("training", "held out", "second half"), null),
            new Curves.Panel(
                "score",
                "best head’s score",
                List.of("previous token", "induction"),
                new Curves.Range(0, 1))),
        List.of(runs));
  }

  /** A run in which induction forms half-way, or never; its measurements are equally far apart. */
  static Curves.Run trained(String name, int measurements, boolean forms) {
    var tokens = new double[measurements];
    var values = new double[5][measurements];
    Integer formedAt = null;
    for (int i = 0; i < measurements; i++) {
      double late = 1 / (1 + Math.exp(-20 * ((i + 1) / (double) measurements - 0.6)));
      double formed = forms ? late : 0.4 * late;
      tokens[i] = 50_000L * (i + 1);
      values[0][i] = 5 + 3.0 / (i + 1) - formed;
      values[1][i] = 4.5 + 3.0 / (i + 1) + 0.5 * formed * (1 - formed);
      values[2][i] = 8.1 - 5 * formed;
      values[3][i] = 0.04 + 0.8 * Math.sqrt(late);
      values[4][i] = 0.02 + 0.8 * formed;
      formedAt = formedAt == null && values[4][i] >= 0.5 ? Integer.valueOf(i) : formedAt;
    }
    var text = formedAt == null ? "induction stays below 0.5" : "induction 0.5";
    return new Curves.Run(name, tokens, values, new Curves.Mark(text, "induction", formedAt));
  }

  /** A report with every kind of figure. */
  static Report report(int layers, int heads, int size) {
    var patterns = patterns(layers, heads, size);
    var tokens = patterns.get(0).tokens();
    var surprise = new Random(1).doubles(size, 0, 8).toArray();
    var change = new Random(2).doubles(size, -3, 2).toArray();
    surprise[0] = Double.NaN;
    var columns = new java.util.LinkedHashMap<String, double[]>();
    columns.put("loss", surprise);
    columns.put("change of loss", change);
    return Report.titled("Induction heads")
        .text(
            "Made-up data in the shape of a small model's: the text repeats itself, and some heads"
                + " look back one period.")
        .add(
            Figure.heads(
                List.of(
                    scores("previous token", patterns, 1),
                    scores("induction", patterns, Math.min(20, (size - 1) / 2) - 1),
                    undefined("duplicate token", layers, heads))))
        .add(Figure.attention(patterns))
        .add(Figure.attribution(attribution(layers, heads)))
        .add(Figure.lens(lens(tokens, layers)))
        .add(Figure.colouredTokens(tokens, columns))
        .add(Figure.tokens(tokens))
        .add(
            Figure.curves(
                training(
                    trained("Shortformer positions", 60, true),
                    trained("Standard positions", 60, false))))
        .provenance(provenance(layers, heads, size));
  }

  private static java.util.Map<String, String> provenance(int layers, int heads, int size) {
    var facts = new java.util.LinkedHashMap<String, String>();
    facts.put("model", layers + " layers of " + heads + " heads, made up");
    facts.put("tokens", Integer.toString(size));
    facts.put("Fresnel", "0.1.0-SNAPSHOT");
    return facts;
  }
}
