package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import java.util.AbstractList;
import java.util.Objects;

/**
 * The attention patterns of all layers of one text, in the order of the layers. A layer that the
 * run did not capture is computed when it is read, from the residual stream before it, and is not
 * kept: a long text's patterns need the memory of one layer at a time.
 *
 * <pre>{@code
 * try (var run = model.run(model.tokens("one two one two"), AttentionPatterns.plan())) {
 *   var patterns = AttentionPatterns.of(run);
 *   Report.titled("Attention").add(Figure.attention(patterns)).write(Path.of("attention.html"));
 * }
 * }</pre>
 *
 * <p>Read it while the run is open.
 */
public final class AttentionPatterns extends AbstractList<AttentionPattern> {
  private final Run run;

  private AttentionPatterns(Run run) {
    this.run = run;
  }

  /** What a run has to capture for {@link #of}: every layer's RESID_PRE. */
  public static RunPlan plan() {
    return RunPlan.capture(HookKind.RESID_PRE);
  }

  /**
   * The patterns of a run's only text.
   *
   * @throws FresnelException if the run holds more than one text, did not read it from its first
   *     token, or captured neither RESID_PRE nor PATTERN of a layer; or if its plan edits
   *     activations and it did not capture PATTERN, because an edit can change patterns
   */
  public static AttentionPatterns of(Run run) {
    Texts.requireOne(run);
    Texts.requireFromTheStart(run);
    for (int layer = 0; layer < run.model().layers(); layer++) {
      if (!run.cache().has(HookKind.PATTERN.at(layer))) {
        if (run.isEdited()) {
          throw new FresnelException(
              "the run's plan edits activations, so the pattern of layer %d cannot be computed again without the edits; add AttentionPattern.plan() to the plan"
                  .formatted(layer));
        }
        Captured.whole(run, HookKind.RESID_PRE.at(layer), "AttentionPatterns.plan()");
      }
    }
    return new AttentionPatterns(run);
  }

  @Override
  public AttentionPattern get(int layer) {
    Objects.checkIndex(layer, size());
    var pattern = HookKind.PATTERN.at(layer);
    if (run.cache().has(pattern)) {
      return AttentionPattern.of(run, layer);
    }
    var before = run.cache().get(HookKind.RESID_PRE.at(layer));
    var plan = RunPlan.capture(pattern).startAt(layer, before).stopAfterCapture();
    try (var again = run.model().run(run.tokens(), plan)) {
      return AttentionPattern.of(again, layer);
    }
  }

  @Override
  public int size() {
    return run.model().layers();
  }
}
