package dev.fresnel.load;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration written in code, as the workshop has it for its toy model. */
class WorkshopLoadingTest {
  private static final Path WEIGHTS = Golden.of("workshop-toy").model().resolve("model.pth");

  private static ModelConfig toy(int context) {
    return ModelConfig.attentionOnly(
        "toy",
        Sizes.builder()
            .layers(2)
            .heads(3)
            .dModel(12)
            .dHead(4)
            .context(context)
            .vocabulary(37)
            .build(),
        new Norm.None(),
        new Positional.Shortformer());
  }

  @Test
  void nothingIsProcessedUnlessAsked() {
    var golden = Golden.of("workshop-toy");
    try (var model = Fresnel.load(toy(40), WEIGHTS);
        var run = model.run(Tokens.ofRows(List.of(golden.tokens())))) {
      assertThat(model.config().name()).isEqualTo("toy");
      assertThat(model.provenance().processing()).isEmpty();
      assertThat(model.provenance().architecture()).isEqualTo("HookedTransformer");
      assertThat(model.provenance().format()).startsWith("PyTorch checkpoint");
      assertThat(run.logits()).isCloseTo(golden.numbers("raw.safetensors").get("logits"), 1e-4);
    }
    try (var model = Fresnel.load(toy(40), WEIGHTS, LoadOptions.DEFAULT)) {
      assertThat(model.provenance().processing()).containsExactly("fold_value_biases");
    }
  }

  @Test
  void weightsThatDoNotFitAreNamed() {
    assertThatThrownBy(() -> Fresnel.load(toy(41), WEIGHTS))
        .hasMessageContaining("model.pth does not fit the configuration")
        .hasMessageContaining("pos_embed.W_pos is [40, 12], expected [pos 41, d_model 12]");
  }

  @Test
  void weightsThatAreNotThereAreNamed() {
    assertThatThrownBy(() -> Fresnel.load(toy(40), Path.of("/no/toy.pth")))
        .hasMessageContaining("/no/toy.pth");
  }

  @Test
  void theWorkshopsOwnFileNeedsNoConfiguration(@TempDir Path folder) throws IOException {
    Files.copy(WEIGHTS, folder.resolve("attn_only_2L_half.pth"));
    assertThatThrownBy(() -> Fresnel.load(folder))
        .hasMessageContaining("embed.W_E is [37, 12], expected [d_vocab 50278, d_model 768]")
        .hasMessageContaining("pos_embed.W_pos is [40, 12], expected [pos 2048, d_model 768]")
        .hasMessageContaining(
            "blocks.0.attn.W_Q is [3, 12, 4], expected [head 12, d_model 768, d_head 64]");
    assertThatThrownBy(() -> Fresnel.load(folder.resolve("attn_only_2L_half.pth")))
        .hasMessageContaining("expected [d_vocab 50278, d_model 768]");
  }
}
