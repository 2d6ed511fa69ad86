package dev.fresnel.load;

import static dev.fresnel.hook.HookKind.EMBED;
import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.RESULT;
import static dev.fresnel.hook.HookKind.Z;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivationFileTest {
  private static Transformer model;

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    model = Loading.byPath(Golden.of("gpt2").model(), LoadOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void aWrittenCacheOpensAgainWithAxesTokensAndModel() {
    Path path = folder.resolve("run.safetensors");
    var plan = RunPlan.capture(PATTERN, Z).and(RunPlan.capture(EMBED));
    var padded = Tokens.leftPadded(List.of(new int[] {5, 6, 5}, new int[] {7, 8}), 9);
    try (var run = model.run(padded, plan)) {
      ActivationFile.write(path, run);
      try (var file = ActivationFile.open(path)) {
        assertThat(file.model()).isEqualTo(model.config().name());
        assertThat(file.tokens()).isEqualTo(padded);
        assertThat(file.row(1).get(0).id()).isEqualTo(9);
        assertThat(file.cache().points()).containsExactlyInAnyOrderElementsOf(run.cache().points());
        var pattern = run.cache().get(PATTERN, 1);
        assertThat(file.cache().get(PATTERN, -2).shape()).isEqualTo(pattern.shape());
        assertThat(file.cache().get(PATTERN, 1).floats()).isEqualTo(pattern.floats());
        assertThat(file.cache().stack(Z).dims().get(0).name()).isEqualTo("layer");
        assertThat(file.logits().orElseThrow().floats()).isEqualTo(run.logits().floats());
      }
    }
  }

  @Test
  void whatTheFileDoesNotHoldIsNamedWithWhatItHolds() {
    Path path = folder.resolve("50%.safetensors");
    try (var run = model.run(Tokens.of(1, 2), RunPlan.capture(Z).stopAfterCapture())) {
      ActivationFile.write(path, run);
    }
    try (var file = ActivationFile.open(path)) {
      assertThat(file.logits()).isEmpty();
      assertThatThrownBy(() -> file.cache().get(RESULT, 0))
          .hasMessageContaining("blocks.0.attn.hook_result is not in " + path)
          .hasMessageContaining("holds Z")
          .hasMessageContaining("RunPlan.capture(RESULT)");
      assertThatThrownBy(() -> file.row(1)).hasMessageContaining("no text 1");
    }
  }

  @Test
  void aFileOfAnotherKindIsToldApart() {
    Path path = folder.resolve("weights.safetensors");
    try (var run = model.run(Tokens.of(1, 2))) {
      TensorFile.write(path, Map.of("logits", run.logits()), Map.of("model", "x"));
    }
    assertThatThrownBy(() -> ActivationFile.open(path))
        .hasMessageContaining("has no note \"layers\"")
        .hasMessageContaining("TensorFile");
  }
}
