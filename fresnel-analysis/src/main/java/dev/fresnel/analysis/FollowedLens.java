package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A logit lens with how each of its predictions forms, from one pass: the residual stream of each
 * stage meets the unembedding once.
 *
 * @param lens the likeliest tokens of each stage and position
 * @param trajectory of the same run: at each position it follows what its column of the lens shows,
 *     which is the token that comes next, where there is one, then each stage's likeliest token,
 *     then what the lens has at the end
 * @param named [stage][position][token]: the rank, logit and probability of the tokens that were
 *     asked for, the same at each position
 */
public record FollowedLens(
    LogitLens lens, LensTrajectory trajectory, List<List<List<Prediction>>> named) {
  /**
   * @throws FresnelException if the two are of other tokens or stages
   */
  public FollowedLens {
    Objects.requireNonNull(lens);
    if (!(trajectory.stages().equals(lens.stages()) && trajectory.tokens().equals(lens.tokens()))) {
      throw new FresnelException(
          "the trajectory has %d stages of %d tokens, the lens %d of %d; take both from the same run: FollowedLens.of(run, top)"
              .formatted(
                  trajectory.stages().size(),
                  trajectory.tokens().size(),
                  lens.stages().size(),
                  lens.tokens().size()));
    }
    named = named.stream().map(row -> row.stream().map(List::copyOf).toList()).toList();
  }

  /** What a run has to capture for {@link #of}: every layer's RESID_PRE. */
  public static RunPlan plan() {
    return LogitLens.plan();
  }

  /**
   * Reads a lens and follows its tokens.
   *
   * @param top how many predictions a cell of the lens holds, the likeliest first
   * @throws FresnelException as {@link LogitLens#of}
   */
  public static FollowedLens of(Run run, int top) {
    Texts.requireOne(run);
    return of(run, 0, top);
  }

  /**
   * The same for one text of a batch, its padding left out; and the way of tokens of choice.
   *
   * @param ids of the tokens to follow at every position
   * @throws FresnelException if there is no such text or token, or as {@link LogitLens#of}
   */
  public static FollowedLens of(Run run, int text, int top, int... ids) {
    Texts.require(run, text);
    NextTokens.requireCount(top);
    IntStream.of(ids).forEach(id -> LogitTarget.requirePredicted(run.model(), id));
    var cells = new Cells(run, text, run.tokens().padding(text), run.tokens().length());
    var tokens = cells.tokens();
    int vocabulary = run.model().config().sizes().vocabularyOut();
    int most = Math.min(top, vocabulary);
    var reader =
        new LensReader(cells, Math.max(1, most), LensReader.shown(tokens, vocabulary, most), ids);
    reader.read();
    return new FollowedLens(reader.lens(tokens, most), reader.trajectory(tokens), reader.named());
  }
}
