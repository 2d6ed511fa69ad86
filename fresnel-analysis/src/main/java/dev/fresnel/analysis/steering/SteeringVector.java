package dev.fresnel.analysis.steering;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A direction that is added to an activation at every position, so that the model writes more like
 * one set of texts and less like another.
 *
 * <pre>{@code
 * var vector = SteeringVector.ofContrast(model, RESID_POST.at(6), happy, sad);
 * var run = model.run(tokens, vector.plan(2));
 * Generation.of(model, tokens, GenerationOptions.of(32).with(vector.plan(2)));
 * }</pre>
 *
 * <p>Sources: Turner et al. 2023, "Activation Addition"; Rimsky et al. 2024, "Steering Llama 2 via
 * Contrastive Activation Addition", whose vectors are means of differences at the last token.
 */
public final class SteeringVector {
  private final HookPoint at;
  private final float[] direction;

  private SteeringVector(HookPoint at, float[] direction) {
    this.at = at;
    this.direction = direction;
  }

  /**
   * A direction that was made elsewhere.
   *
   * @param at a place that each block has, with the axes [batch, pos, d_model]
   * @param direction one number per dimension of the residual stream; copied
   * @throws FresnelException if the place has other axes
   */
  public static SteeringVector of(HookPoint at, float... direction) {
    var kind = at.kind();
    if (kind.place() != HookKind.Place.BLOCK || !kind.dims().equals(HookKind.RESID_PRE.dims())) {
      throw new FresnelException(
          "%s is %s; a steering vector is added to a place of a block that is [batch, pos, d_model], such as RESID_POST.at(6)"
              .formatted(at, kind.dims()));
    }
    return new SteeringVector(at, direction.clone());
  }

  /**
   * The mean activation of one set of texts less that of another, at the last position of each
   * text. Many models have far larger activations at a text's first position than elsewhere: texts
   * of one token do not mix with longer ones.
   *
   * @param at as in {@link #of}
   * @param positive texts to steer toward, one at least; they may have different lengths
   * @param negative texts to steer away from, one at least
   * @throws FresnelException if a set is empty, or the model has no such place
   */
  public static SteeringVector ofContrast(
      Transformer model, HookPoint at, List<Tokens> positive, List<Tokens> negative) {
    of(at);
    double[] toward = mean(model, at, positive);
    double[] away = mean(model, at, negative);
    float[] direction = new float[toward.length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = (float) (toward[i] - away[i]);
    }
    return of(at, direction);
  }

  private static double[] mean(Transformer model, HookPoint at, List<Tokens> texts) {
    if (texts.isEmpty()) {
      throw new FresnelException(
          "a steering vector needs a positive and a negative text; one set is empty");
    }
    double[] sum = new double[model.config().sizes().dModel()];
    int count = texts.stream().mapToInt(Tokens::batch).sum();
    for (Tokens text : texts) {
      try (Run run = model.run(text, RunPlan.capture(at).stopAfterCapture());
          var scope = Scope.open()) {
        // Padding stands on the left, so the last position is each text's own.
        float[] last = run.cache().get(at).select(POS, -1).floats();
        for (int i = 0; i < last.length; i++) {
          sum[i % sum.length] += last[i] / (double) count;
        }
      }
    }
    return sum;
  }

  /** The place to which it is added. */
  public HookPoint at() {
    return at;
  }

  /** A copy of the direction [d_model]. */
  public float[] direction() {
    return direction.clone();
  }

  /** The Euclidean length of the direction, in the unit of the activation. */
  public double norm() {
    double squares = 0;
    for (float x : direction) {
      squares += (double) x * x;
    }
    return Math.sqrt(squares);
  }

  /**
   * A plan that adds the direction at every position of a run, so also in every step of a
   * generation.
   *
   * @param scale multiplies the direction; a negative one steers the other way
   * @throws FresnelException if it is not finite
   */
  public RunPlan plan(double scale) {
    if (!Double.isFinite(scale)) {
      throw new FresnelException("a steering vector's scale is a finite number, not " + scale);
    }
    return RunPlan.nothing()
        .edit(
            at,
            (x, place) ->
                x.plus(
                    Tensor.of(Shape.of(D_MODEL, direction.length), direction)
                        .times(scale)
                        .to(x.dtype())));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SteeringVector that
        && at.equals(that.at)
        && Arrays.equals(direction, that.direction);
  }

  @Override
  public int hashCode() {
    return 31 * at.hashCode() + Arrays.hashCode(direction);
  }

  @Override
  public String toString() {
    return "SteeringVector at " + at;
  }
}
