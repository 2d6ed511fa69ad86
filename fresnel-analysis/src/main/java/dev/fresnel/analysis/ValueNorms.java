package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How long the vectors are that each head takes from each source token: the value, and what the
 * head writes of it, the value times the head's W_O. An attention weight times such a norm is how
 * much the head really moves: a token with a great weight and a short value adds little.
 *
 * <p>Source: Kobayashi et al. 2020, "Attention is Not Only a Weight: Analyzing Transformers with
 * Vector Norms".
 */
public final class ValueNorms {
  /** How many positions' outputs are in memory at once. */
  private static final int STEP = 128;

  /** [layer][head][key] */
  private final List<float[][]> values;

  private final List<float[][]> outputs;

  private ValueNorms(List<float[][]> values, List<float[][]> outputs) {
    this.values = values;
    this.outputs = outputs;
  }

  /** What a run has to capture: every layer's V. */
  public static RunPlan plan() {
    return RunPlan.capture(HookKind.V);
  }

  /**
   * The norms of a run's only text.
   *
   * @throws FresnelException if the run did not capture {@link HookKind#V}, holds more than one
   *     text, or did not read it from its first token
   */
  public static ValueNorms of(Run run) {
    Texts.requireOne(run);
    return of(run, 0);
  }

  /** The norms of one text of a batch, its padding left out. */
  public static ValueNorms of(Run run, int text) {
    Texts.require(run, text);
    Texts.requireFromTheStart(run);
    var values = new ArrayList<float[][]>();
    var outputs = new ArrayList<float[][]>();
    int from = run.tokens().padding(text);
    int to = run.tokens().length();
    for (int layer = 0; layer < run.model().layers(); layer++) {
      var value = new float[run.model().heads()][to - from];
      var output = new float[run.model().heads()][to - from];
      for (int step = from; step < to; step += STEP) {
        try (var scope = Scope.open()) {
          Tensor vectors =
              Captured.whole(run, HookKind.V.at(layer), "ValueNorms.plan()")
                  .slice(BATCH, text, text + 1)
                  .slice(POS, step, Math.min(to, step + STEP));
          long shared = run.model().heads() / vectors.size(KV_HEAD);
          vectors = vectors.repeatEach(KV_HEAD, shared).rename(KV_HEAD, HEAD);
          put(vectors.norm(D_HEAD), value, step - from);
          put(run.model().headResults(layer, vectors).norm(D_MODEL), output, step - from);
        }
      }
      values.add(value);
      outputs.add(output);
    }
    return new ValueNorms(values, outputs);
  }

  /** Copies norms [batch, pos, head] of one text. */
  private static void put(Tensor norms, float[][] into, int at) {
    float[] all = norms.select(BATCH, 0).order(HEAD, POS).floats();
    int count = all.length / into.length;
    for (int head = 0; head < into.length; head++) {
      System.arraycopy(all, head * count, into[head], at, count);
    }
  }

  /** How many layers the model has. */
  public int layers() {
    return values.size();
  }

  /** How many heads a layer has. */
  public int heads() {
    return values.get(0).length;
  }

  /** The number of tokens. */
  public int length() {
    return values.get(0)[0].length;
  }

  /**
   * The norm of the value that a head takes from each token.
   *
   * @return [key]
   * @throws FresnelException if there is no such head
   */
  public float[] values(HeadId head) {
    return of(values, head);
  }

  /**
   * The norm of what a head writes of each token's value: v times W_O, without the bias.
   *
   * @return [key]
   * @throws FresnelException if there is no such head
   */
  public float[] outputs(HeadId head) {
    return of(outputs, head);
  }

  private float[] of(List<float[][]> norms, HeadId head) {
    if (head.layer() >= layers() || head.head() >= heads()) {
      throw new FresnelException(
          "there is no head %s: layers are 0 to %d, heads 0 to %d"
              .formatted(head.label(), layers() - 1, heads() - 1));
    }
    return norms.get(head.layer())[head.head()].clone();
  }

  @Override
  public String toString() {
    return "ValueNorms[%d layers, %d heads, %d tokens]".formatted(layers(), heads(), length());
  }
}
