package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    return of(run, 0, top);
  }

  /** The same for one text of a batch, its padding left out. */
  public static LogitLens of(Run run, int text, int top) {
    Texts.require(run, text);
    int padding = run.tokens().padding(text);
    var cells = new Cells(run, text, padding, run.tokens().length());
    var stages = stages(run);
    var predictions = new ArrayList<List<List<Prediction>>>();
    stages.keySet().forEach(stage -> predictions.add(new ArrayList<>()));
    LensBlock.each(
        cells,
        stages.values(),
        block -> {
          for (int stage = 0; stage < predictions.size(); stage++) {
            try (var scope = Scope.open()) {
              var found = NextTokens.topRows(run.model(), block.stage(stage), top);
              predictions.get(stage).addAll(found);
            }
          }
        });
    return new LogitLens(cells.tokens(), List.copyOf(stages.keySet()), predictions);
  }

  /** The residual stream at each stage that the run captured, and at the end. */
  static Map<String, Tensor> stages(Run run) {
    var stages = new LinkedHashMap<String, Tensor>();
    for (HookPoint point : run.cache().points()) {
      String stage = stage(point);
      if (stage != null) {
        stages.put(stage, Captured.whole(run, point, PLAN));
      }
    }
    if (stages.isEmpty()) {
      Captured.whole(run, HookKind.RESID_PRE.at(0), PLAN);
    }
    stages.put("final_post", run.residual());
    return stages;
  }

  private static @Nullable String stage(HookPoint point) {
    return switch (point.kind()) {
      case RESID_PRE -> point.layer() + "_pre";
      case RESID_MID -> point.layer() + "_mid";
      default -> null;
    };
  }

  /** Positions whose logits are in memory at once. */
  static List<Cells> parts(Cells cells) {
    var parts = new ArrayList<Cells>();
    for (int from = cells.from(); from < cells.to(); from += POSITIONS_AT_ONCE) {
      int to = Math.min(cells.to(), from + POSITIONS_AT_ONCE);
      parts.add(new Cells(cells.run(), cells.text(), from, to));
    }
    return parts;
  }

  /** What a residual stream predicts [pos, d_vocab]. */
  static Tensor logits(Cells cells, Tensor residual) {
    var model = cells.run().model();
    return model.unembed(model.normalizeFinal(cells.of(residual)));
  }
}
