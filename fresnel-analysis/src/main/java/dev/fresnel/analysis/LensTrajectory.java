package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How the prediction at each position forms, seen through a {@link LogitLens}: how sure it is after
 * each stage, how far from the final one, and where tokens of choice stand in it.
 *
 * @param tokens the text, one token per position, padding left out
 * @param stages {@code 0_pre}, {@code 1_pre}, …, {@code final_post}
 * @param entropies [stage][position], in nats: 0 where one token is certain; copied in and out
 * @param divergences [stage][position], in nats: the Kullback-Leibler divergence of the stage's
 *     prediction from the final one, 0 at the end; copied in and out
 * @param chosen [stage][position][token]: the rank, logit and probability of tokens of choice
 */
public record LensTrajectory(
    List<Token> tokens,
    List<String> stages,
    double[][] entropies,
    double[][] divergences,
    List<List<List<Prediction>>> chosen) {
  public LensTrajectory {
    tokens = List.copyOf(tokens);
    stages = List.copyOf(stages);
    entropies = copy(entropies);
    divergences = copy(divergences);
    chosen = chosen.stream().map(row -> row.stream().map(List::copyOf).toList()).toList();
  }

  private static double[][] copy(double[][] numbers) {
    return Arrays.stream(numbers).map(double[]::clone).toArray(double[][]::new);
  }

  /** What a run has to capture for {@link #of}: every layer's RESID_PRE. */
  public static RunPlan plan() {
    return LogitLens.plan();
  }

  /**
   * Follows the prediction at every position of a text, and the same tokens at each of them.
   *
   * @param ids of the tokens to follow; none is allowed
   * @throws FresnelException if there is no such text or token, or as {@link LogitLens#of}
   */
  public static LensTrajectory of(Run run, int text, int... ids) {
    Cells cells = cells(run, text);
    return of(cells, cells.tokens(), position -> ids);
  }

  /**
   * The same, in which each position follows the token that really comes next. The last position,
   * which has none, is left out.
   */
  public static LensTrajectory ofNextTokens(Run run, int text) {
    Cells cells = cells(run, text);
    Texts.requireNext(run, 0);
    var tokens = cells.tokens();
    return of(
        cells.without(1),
        tokens.subList(0, tokens.size() - 1),
        position -> new int[] {tokens.get(position + 1).id()});
  }

  /**
   * The same, in which each position follows what its column of a lens shows: the token that comes
   * next, where there is one, then each stage's likeliest token, then what the lens has at the end.
   *
   * @param lens of the same text of the same run
   * @throws FresnelException if the lens is of another text, or as {@link LogitLens#of}
   */
  public static LensTrajectory ofLens(Run run, int text, LogitLens lens) {
    Cells cells = cells(run, text);
    var tokens = cells.tokens();
    if (!lens.tokens().equals(tokens)) {
      throw new FresnelException(
          "the lens is of another text than the run: it has %d tokens, the run's text %d; give LogitLens.of(run, %d, …)"
              .formatted(lens.tokens().size(), tokens.size(), text));
    }
    int vocabulary = run.model().config().sizes().vocabularyOut();
    var followed = new ArrayList<int[]>();
    for (int position = 0; position < tokens.size(); position++) {
      var ids = new LinkedHashSet<Integer>();
      if (position + 1 < tokens.size() && tokens.get(position + 1).id() < vocabulary) {
        ids.add(tokens.get(position + 1).id());
      }
      for (var stage : lens.predictions()) {
        stage.get(position).stream().limit(1).forEach(guess -> ids.add(guess.token().id()));
      }
      var last = lens.predictions().get(lens.predictions().size() - 1).get(position);
      last.forEach(guess -> ids.add(guess.token().id()));
      followed.add(ids.stream().mapToInt(Integer::intValue).toArray());
    }
    return of(cells, tokens, followed::get);
  }

  private static Cells cells(Run run, int text) {
    Texts.require(run, text);
    return new Cells(run, text, run.tokens().padding(text), run.tokens().length());
  }

  /** The ids to follow at a position. */
  private interface Followed {
    int[] at(int position);
  }

  private static LensTrajectory of(Cells cells, List<Token> tokens, Followed followed) {
    var run = cells.run();
    IntStream.range(0, cells.count())
        .flatMap(position -> IntStream.of(followed.at(position)))
        .forEach(id -> LogitTarget.requirePredicted(run.model(), id));
    Map<String, Tensor> stages = LogitLens.stages(run);
    int count = stages.size();
    double[][] entropies = new double[count][cells.count()];
    double[][] divergences = new double[count][cells.count()];
    var chosen = new ArrayList<List<List<Prediction>>>();
    IntStream.range(0, count).forEach(stage -> chosen.add(new ArrayList<>()));
    for (Cells part : LogitLens.parts(cells)) {
      int first = part.from() - cells.from();
      try (var scope = Scope.open()) {
        Tensor last = LogitLens.logits(part, run.residual()).logSoftmax(D_VOCAB);
        int stage = 0;
        for (Tensor residual : stages.values()) {
          try (var inner = Scope.open()) {
            Tensor logits = LogitLens.logits(part, residual);
            Tensor now = logits.logSoftmax(D_VOCAB);
            put(now.exp().times(now).sum(D_VOCAB).times(-1), entropies[stage], first);
            put(last.exp().times(last.minus(now)).sum(D_VOCAB), divergences[stage], first);
            for (int i = 0; i < part.count(); i++) {
              chosen.get(stage).add(chosen(run, logits, now, i, followed.at(first + i)));
            }
          }
          stage++;
        }
      }
    }
    var labels = List.copyOf(stages.keySet());
    return new LensTrajectory(tokens, labels, entropies, divergences, chosen);
  }

  /** Rounding can bring a divergence or an entropy below 0. */
  private static void put(Tensor numbers, double[] into, int first) {
    float[] floats = numbers.floats();
    for (int i = 0; i < floats.length; i++) {
      into[first + i] = floats[i] < 0 ? 0 : floats[i];
    }
  }

  private static List<Prediction> chosen(
      Run run, Tensor logits, Tensor logProbabilities, int at, int[] ids) {
    var predictions = new ArrayList<Prediction>();
    if (ids.length == 0) {
      return predictions;
    }
    float[] all = logits.select(POS, at).floats();
    // One look at each logit: most are below all of those that are followed.
    float least = Float.POSITIVE_INFINITY;
    for (int id : ids) {
      least = Math.min(least, all[id]);
    }
    int[] ranks = new int[ids.length];
    for (float logit : all) {
      for (int i = 0; logit > least && i < ids.length; i++) {
        ranks[i] += logit > all[ids[i]] ? 1 : 0;
      }
    }
    double logSum = all[ids[0]] - logProbabilities.select(POS, at).select(D_VOCAB, ids[0]).item();
    for (int i = 0; i < ids.length; i++) {
      float own = all[ids[i]];
      var token = TokenTexts.token(run.model(), ids[i]);
      predictions.add(new Prediction(ranks[i] + 1, token, own, Math.exp(own - logSum)));
    }
    return predictions;
  }

  @Override
  public double[][] entropies() {
    return copy(entropies);
  }

  @Override
  public double[][] divergences() {
    return copy(divergences);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LensTrajectory that
        && tokens.equals(that.tokens)
        && stages.equals(that.stages)
        && Arrays.deepEquals(entropies, that.entropies)
        && Arrays.deepEquals(divergences, that.divergences)
        && chosen.equals(that.chosen);
  }

  @Override
  public int hashCode() {
    return Objects.hash(tokens, stages, Arrays.deepHashCode(entropies), chosen);
  }

  @Override
  public String toString() {
    return "LensTrajectory[%d stages, %d positions]".formatted(stages.size(), tokens.size());
  }
}
