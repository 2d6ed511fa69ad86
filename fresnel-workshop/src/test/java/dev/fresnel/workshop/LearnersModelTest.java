package dev.fresnel.workshop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

@DisabledIfEnvironmentVariable(named = "FRESNEL_WORKSHOP_MODEL", matches = ".+")
class LearnersModelTest {
  @TempDir Path folder;

  @Test
  void withoutAChoiceTheOtherModelStandsIn() {
    assertThat(LearnersModel.orElse("fresnel-2l", folder)).isEqualTo("fresnel-2l");
  }

  @Test
  void aNameIsKeptAsItIsAndAFileWithItsWholePath() throws IOException {
    LearnersModel.keep("gpt2", folder);
    assertThat(LearnersModel.orElse("fresnel-2l", folder)).isEqualTo("gpt2");
    var file = Files.writeString(folder.resolve("own.gguf"), "");
    LearnersModel.keep(folder + "/./own.gguf", folder);
    assertThat(LearnersModel.orElse("fresnel-2l", folder)).isEqualTo(file.toString());
  }

  @Test
  void aFileOfSeveralLinesIsRefused() throws IOException {
    Files.writeString(folder.resolve("model.txt"), "gpt2\ngpt2-xl\n");
    assertThatThrownBy(() -> LearnersModel.orElse("fresnel-2l", folder))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("model.txt must hold one line");
  }
}
