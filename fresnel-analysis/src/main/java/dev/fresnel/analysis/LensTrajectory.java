package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
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
    entropies = Rows.copy(entropies);
    divergences = Rows.copy(divergences);
    chosen = chosen.stream().map(row -> row.stream().map(List::copyOf).toList()).toList();
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
   * {@link FollowedLens} makes the lens too, in the same time.
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

  private static LensTrajectory of(Cells cells, List<Token> tokens, IntFunction<int[]> followed) {
    IntStream.range(0, cells.count())
        .flatMap(position -> IntStream.of(followed.apply(position)))
        .forEach(id -> LogitTarget.requirePredicted(cells.run().model(), id));
    var reader = new LensReader(cells, 0, (position, likeliest) -> followed.apply(position));
    reader.read();
    return reader.trajectory(tokens);
  }

  @Override
  public double[][] entropies() {
    return Rows.copy(entropies);
  }

  @Override
  public double[][] divergences() {
    return Rows.copy(divergences);
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
