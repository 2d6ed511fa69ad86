package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the model would predict if it stopped early: the residual stream before each layer, passed
 * through the final norm (with its statistics computed anew) and the unembedding.
 *
 * <p>Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
 *
 * @param tokens the text, one token per position
 * @param stages one per row, from the embedding to the end: {@code 0_pre}, {@code 1_pre}, …, {@code
 *     final_post}
 * @param predictions [stage][position][rank], the likeliest first
 */
public record LogitLens(
    List<Token> tokens, List<String> stages, List<List<List<Prediction>>> predictions) {
  /** Positions whose logits are in memory at once: some 13 MB for a vocabulary of 50,000. */
  private static final int POSITIONS_AT_ONCE = 64;

  private static final String PLAN = "LogitLens.plan()";

  public LogitLens {
    tokens = List.copyOf(tokens);
    stages = List.copyOf(stages);
    predictions = predictions.stream().map(row -> row.stream().map(List::copyOf).toList()).toList();
  }

  /** What a run has to capture for {@link #of}: every layer's RESID_PRE. */
  public static RunPlan plan() {
    return RunPlan.capture(HookKind.RESID_PRE);
  }

  /**
   * Reads the residual stream before each layer, and at the end, at every position. A layer whose
   * RESID_PRE was not captured has no stage; where RESID_MID was captured it is a stage too.
   *
   * @param top how many predictions a cell holds, the likeliest first
   * @throws FresnelException if the run did not capture RESID_PRE in any layer, or did not reach
   *     the end
   */
  public static LogitLens of(Run run, int top) {
    Texts.requireOne(run);
    var stages = new ArrayList<String>();
    var predictions = new ArrayList<List<List<Prediction>>>();
    for (HookPoint point : run.cache().points()) {
      String stage = stage(point);
      if (stage != null) {
        stages.add(stage);
        predictions.add(row(run, Captured.whole(run, point, PLAN), top));
      }
    }
    if (stages.isEmpty()) {
      Captured.whole(run, HookKind.RESID_PRE.at(0), PLAN);
    }
    stages.add("final_post");
    predictions.add(row(run, run.residual(), top));
    return new LogitLens(run.tokens().row(0), stages, predictions);
  }

  private static @Nullable String stage(HookPoint point) {
    return switch (point.kind()) {
      case RESID_PRE -> point.layer() + "_pre";
      case RESID_MID -> point.layer() + "_mid";
      default -> null;
    };
  }

  private static List<List<Prediction>> row(Run run, Tensor residual, int top) {
    var cells = new ArrayList<List<Prediction>>();
    int length = run.tokens().length();
    for (int from = 0; from < length; from += POSITIONS_AT_ONCE) {
      int to = Math.min(length, from + POSITIONS_AT_ONCE);
      try (var scope = Scope.open()) {
        Tensor vectors = residual.select(BATCH, 0).slice(POS, from, to);
        Tensor logits = run.model().unembed(run.model().normalizeFinal(vectors));
        cells.addAll(NextTokens.topRows(run.model(), logits, top));
      }
    }
    return cells;
  }
}
