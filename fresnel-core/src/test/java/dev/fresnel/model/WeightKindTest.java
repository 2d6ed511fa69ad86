package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.model.WeightKind.Presence.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.WeightKind.Place;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Dim;
import dev.fresnel.testkit.ToyModels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightKindTest {
  private static final Norm RMS = new Norm.Rms(1e-6, Norm.Weights.OWN);
  private static final Norm LAYER = new Norm.Layer(1e-5, Norm.Weights.OWN);
  private static final List<Mlp> MLPS =
      List.of(new Mlp.Plain(31, Activation.GELU), new Mlp.Gated(31, Activation.SILU));

  /** A model with everything: a norm wherever one can stand. */
  private static final ModelConfig ALL =
      ModelConfig.of(
              "all",
              Sizes.builder()
                  .layers(2)
                  .heads(6)
                  .keyValueHeads(2)
                  .dModel(24)
                  .dHead(4)
                  .context(32)
                  .vocabulary(37)
                  .vocabularyOut(41)
                  .build())
          .withEmbeddingNorm(LAYER)
          .withNormBehind(RMS)
          .withAttending(Attending.standard(4).withQueryKeyNorm(RMS))
          .withMlp(MLPS.get(1));

  @ParameterizedTest
  @EnumSource(WeightKind.class)
  void parseIsTheInverseOfName(WeightKind kind) {
    WeightName name = kind.place() == Place.BLOCK ? kind.at(7) : kind.inModel();
    assertThat(WeightName.parse(name.name())).isEqualTo(name);
  }

  @ParameterizedTest
  @EnumSource(WeightKind.class)
  void aModelWithEverythingHasEveryWeight(WeightKind kind) {
    assertThat(kind.isIn(ALL)).isTrue();
    assertThat(kind.shape(ALL).dims()).isEqualTo(kind.dims());
    assertThat(kind.shape(ALL).sizes()).allMatch(size -> size > 1);
  }

  @ParameterizedTest
  @EnumSource(WeightKind.class)
  void aBiasHasTheAxesThatTheProductLeaves(WeightKind kind) {
    for (Mlp mlp : MLPS) {
      assertThat(kind.bias(mlp).isPresent()).isEqualTo(!kind.sumsOver().isEmpty());
      List<Dim> left = new ArrayList<>(kind.dims());
      left.removeAll(kind.sumsOver());
      kind.bias(mlp).ifPresent(bias -> assertThat(bias.dims()).isEqualTo(left));
    }
  }

  @ParameterizedTest
  @EnumSource(WeightKind.class)
  void whatReadsANormSumsOverItsAxis(WeightKind kind) {
    kind.readsFrom()
        .ifPresent(
            scale -> {
              assertThat(scale.isOfNorm()).isTrue();
              assertThat(scale.dims()).isEqualTo(kind.sumsOver()).containsExactly(D_MODEL);
              assertThat(scale.place()).isEqualTo(kind.place());
              assertThat(scale.shift()).isPresent();
            });
  }

  @ParameterizedTest
  @EnumSource(WeightKind.class)
  void whatWritesToTheResidualStreamEndsInItsAxis(WeightKind kind) {
    if (kind.writesToResidual()) {
      assertThat(kind.dims()).last().isEqualTo(D_MODEL);
    }
  }

  @Test
  void namesAndShapesAreTransformerLenss() {
    for (Transformer model : ToyModels.all(1)) {
      var names = WeightName.of(model.config()).stream().map(WeightName::name).toList();
      assertThat(names).containsAll(model.weightNames());
      for (WeightName name : WeightName.of(model.config())) {
        boolean there = model.weightNames().contains(name.name());
        assertThat(there || name.kind().presence(model.config()) != REQUIRED).isTrue();
        if (there && !name.name().matches(".*_[KV]")) {
          assertThat(name.kind().shape(model.config()))
              .isEqualTo(model.weight(name.name()).shape());
        }
      }
    }
  }

  @Test
  void foldedNormsHaveNoWeights() {
    assertThat(WeightKind.LN1_W.isIn(ALL.folded())).isFalse();
    assertThat(WeightKind.LN_FINAL_B.isIn(ALL.folded())).isFalse();
    assertThat(WeightKind.LN1_POST_W.isIn(ALL.folded())).isTrue();
    assertThat(WeightKind.LN1_B.isIn(ALL.withNorm(RMS))).isFalse();
  }

  @Test
  void theUnembeddingHasTheVocabularyThatIsPredicted() {
    assertThat(WeightKind.W_E.shape(ALL)).hasToString("[d_vocab 37, d_model 24]");
    assertThat(WeightKind.W_U.shape(ALL)).hasToString("[d_model 24, d_vocab 41]");
  }

  @Test
  void aTypoIsAnsweredWithTheNearestNames() {
    assertThatThrownBy(() -> WeightName.parse("blocks.3.attn.W_q"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("'blocks.3.attn.W_q'")
        .hasMessageContaining("blocks.3.attn.W_Q");
    assertThatThrownBy(() -> WeightName.parse("embed.W")).hasMessageContaining("embed.W_E");
    assertThatThrownBy(() -> WeightKind.W_E.at(0)).hasMessageContaining("inModel()");
    assertThatThrownBy(WeightKind.W_Q::inModel).hasMessageContaining("at(layer)");
  }
}
