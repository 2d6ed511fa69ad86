package dev.fresnel.hook;

import static dev.fresnel.hook.HookKind.EMBED;
import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.RESULT;
import static dev.fresnel.hook.HookKind.Z;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;

class ActivationCacheTest {
  /** A result is ten times its z. */
  private static final ActivationCache.Derivation TENFOLD =
      new ActivationCache.Derivation() {
        @Override
        public HookPoint source(HookPoint wanted) {
          return wanted.kind() == RESULT ? Z.at(wanted.layer()) : wanted;
        }

        @Override
        public Tensor derive(HookPoint wanted, Tensor source) {
          return source.times(10);
        }
      };

  /** Of a model of four layers; each layer's activation is its number. */
  private static ActivationCache cache(HookKind kind, int... layers) {
    var kept = new LinkedHashMap<HookPoint, Tensor>();
    for (int layer : layers) {
      kept.put(kind.at(layer), Tensor.full(Shape.of(Dims.POS, 1), layer));
    }
    return new ActivationCache(kept, 4, TENFOLD);
  }

  @Test
  void negativeLayersCountFromTheModelsLast() {
    assertThat(cache(Z, 0, 1, 2, 3).get(Z, -1).floats()).containsExactly(3);
    assertThat(cache(Z, 0).get(Z, -4).floats()).containsExactly(0);
    assertThatThrownBy(() -> cache(Z, 0, 1).get(Z, -1))
        .as("the last layer kept is not the model's last")
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("blocks.3.attn.hook_z was not captured");
  }

  @Test
  void aLayerThatTheModelDoesNotHaveIsAnError() {
    for (int layer : new int[] {4, -5}) {
      assertThatThrownBy(() -> cache(Z, 0).get(Z, layer))
          .isInstanceOf(FresnelException.class)
          .hasMessage(
              "there is no layer %d: the model has layers 0 to 3, or -4 to -1 from its end", layer);
    }
  }

  @Test
  void aStackComputesWhatGetComputes() {
    var cache = cache(Z, 1, 2);
    assertThat(cache.get(RESULT, 2).floats()).containsExactly(20);
    assertThat(cache.stack(RESULT).floats()).containsExactly(10, 20);
    assertThat(cache.stack(Z).floats()).containsExactly(1, 2);
  }

  @Test
  void aStackOfWhatWasNotKeptIsAnError() {
    assertThatThrownBy(() -> cache(Z, 1).stack(PATTERN))
        .isInstanceOf(FresnelException.class)
        .hasMessage(
            "PATTERN was not captured; this run captured Z; ask for it with"
                + " RunPlan.capture(PATTERN)");
    assertThatThrownBy(() -> cache(Z, 1).stack(EMBED)).hasMessageContaining("once");
  }

  @Test
  void aKindThatWasKeptInOtherLayersIsAskedForByItsLayer() {
    assertThatThrownBy(() -> cache(Z, 0, 2).get(Z, 1))
        .hasMessage(
            "blocks.1.attn.hook_z was not captured; this run captured Z in layer 0, 2 alone; ask"
                + " for it with RunPlan.capture(Z.at(1))");
  }
}
