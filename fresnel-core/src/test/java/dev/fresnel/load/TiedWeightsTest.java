package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.Fresnel;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A head that a configuration calls tied and a file stores all the same. */
class TiedWeightsTest {
  @TempDir Path folder;

  /** The unembedding of a golden's model, by a configuration that says whether it is tied. */
  private float[] unembedding(String golden, boolean tied) throws Exception {
    Path model = Golden.of(golden).model();
    Files.deleteIfExists(folder.resolve("model.safetensors"));
    Files.copy(model.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    var config = (ObjectNode) Golden.json(model.resolve("config.json"));
    config.put("tie_word_embeddings", tied);
    Files.writeString(folder.resolve("config.json"), new ObjectMapper().writeValueAsString(config));
    try (Transformer loaded = Fresnel.load(folder, LoadOptions.DEFAULT.raw())) {
      return loaded.weight("unembed.W_U").floats();
    }
  }

  @Test
  void aStoredHeadThatDiffersFromTheEmbeddingIsUsed() throws Exception {
    assertThat(unembedding("llama", true)).isEqualTo(unembedding("llama", false));
    assertThat(unembedding("neox", true)).isEqualTo(unembedding("neox", false));
  }

  @Test
  void aStoredHeadThatIsTheEmbeddingIsNoFault() throws Exception {
    assertThat(unembedding("gpt2-bare", true)).isEqualTo(unembedding("gpt2-bare", false));
  }
}
