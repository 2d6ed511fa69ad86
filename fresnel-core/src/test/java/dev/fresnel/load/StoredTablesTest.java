package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that TransformerLens saved beside weights, and a configuration that says otherwise. */
class StoredTablesTest {
  @TempDir Path folder;

  private void load(Consumer<ObjectNode> change) throws IOException {
    Path model = Golden.of("tl-rotary-rms").model();
    Files.copy(model.resolve("model.pth"), folder.resolve("model.pth"));
    var config = (ObjectNode) Golden.json(model.resolve("config.json"));
    change.accept(config);
    Files.writeString(folder.resolve("config.json"), new ObjectMapper().writeValueAsString(config));
    Fresnel.load(folder, LoadOptions.DEFAULT.raw()).close();
  }

  @Test
  void tablesThatTheConfigurationMakesTooAreNoFault() {
    assertThatCode(() -> load(config -> {})).doesNotThrowAnyException();
  }

  @Test
  void aTableOfAnotherBaseIsRefused() {
    assertThatThrownBy(() -> load(config -> config.put("rotary_base", 3)))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("blocks.0.attn.rotary_sin turns position 1 by other angles")
        .hasMessageContaining("Correct the configuration");
  }
}
