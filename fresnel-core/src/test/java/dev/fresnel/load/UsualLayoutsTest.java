package dev.fresnel.load;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Golden.Numbers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Golden models whose weights were written again as other programs leave them. */
class UsualLayoutsTest {
  /** As in {@code ForwardParityTest}: sums of float32 in another order. */
  private static final double TOLERANCE = 2e-4;

  @TempDir private Path folder;

  private void config(String golden) throws IOException {
    Files.copy(Golden.of(golden).model().resolve("config.json"), folder.resolve("config.json"));
  }

  private static Map<String, Numbers> weights(String golden) {
    return Golden.of(golden).numbers("model/model.safetensors");
  }

  private static Map<String, Numbers> renamed(
      Map<String, Numbers> weights, UnaryOperator<String> name) {
    var renamed = new LinkedHashMap<String, Numbers>();
    weights.forEach((old, numbers) -> renamed.put(name.apply(old), numbers));
    return renamed;
  }

  private static void computesAs(String golden, Path model) {
    var original = Golden.of(golden);
    try (var loaded = Fresnel.load(model, LoadOptions.DEFAULT.raw());
        var run = loaded.run(original.padded())) {
      assertThat(run.logits())
          .isCloseTo(original.numbers("raw.safetensors").get("logits"), TOLERANCE);
    }
  }

  @Nested
  class WrappedModels {
    @ParameterizedTest
    @ValueSource(strings = {"_orig_mod.", "module.", "module._orig_mod.", "_orig_mod.module."})
    void theNamesOfWrappersAreLeftOut(String wrapper) throws IOException {
      config("gpt2");
      RenamedWeights.writeSafetensors(
          folder.resolve("model.safetensors"), renamed(weights("gpt2"), wrapper::concat));
      computesAs("gpt2", folder);
    }

    @Test
    void alsoInPyTorchFiles() throws IOException {
      config("gpt2");
      RenamedWeights.writeTorch(
          folder.resolve("pytorch_model.bin"), renamed(weights("gpt2"), "module."::concat));
      computesAs("gpt2", folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"_orig_mod.", "module.", "module._orig_mod."})
    void alsoInTransformerLensFiles(String wrapper) throws IOException {
      config("tl-attn-only-none");
      Map<String, Numbers> stored = new LinkedHashMap<>();
      try (var file = TensorFile.open(Golden.of("tl-attn-only-none").model().resolve("model.pth"));
          var scope = dev.fresnel.tensor.Scope.open()) {
        for (String name : file.names()) {
          if (file.dtype(name).isFloatingPoint()) {
            stored.put(
                wrapper + name, new Numbers(file.shape(name).toArray(), file.read(name).floats()));
          }
        }
      }
      RenamedWeights.writeTorch(folder.resolve("model.pth"), stored);
      computesAs("tl-attn-only-none", folder);
    }

    @Test
    void blocksThatWereCompiledOneByOneAreReadToo() throws IOException {
      config("gpt2");
      RenamedWeights.writeSafetensors(
          folder.resolve("model.safetensors"),
          renamed(weights("gpt2"), name -> name.replaceFirst("\\.h\\.1\\.", ".h.1._orig_mod.")));
      computesAs("gpt2", folder);
    }

    @Test
    void aWeightUnderTwoNamesIsRefused() throws IOException {
      config("gpt2");
      var both = renamed(weights("gpt2"), name -> name);
      both.put("_orig_mod.transformer.wpe.weight", both.get("transformer.wpe.weight"));
      RenamedWeights.writeSafetensors(folder.resolve("model.safetensors"), both);
      refused("wpe.weight twice", "_orig_mod.transformer.wpe.weight", "without one of them");
    }

    @Test
    void aMissingWeightIsNamedAsInTheFile() throws IOException {
      config("gpt2");
      var fewer = renamed(weights("gpt2"), "module."::concat);
      fewer.remove("module.transformer.h.1.ln_1.bias");
      RenamedWeights.writeSafetensors(folder.resolve("model.safetensors"), fewer);
      refused("missing transformer.h.1.ln_1.bias");
    }
  }

  private void refused(String... parts) {
    assertThatThrownBy(() -> Fresnel.load(folder))
        .isInstanceOf(FresnelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2, transformer.wte.weight",
    "llama-tied, model.embed_tokens.weight",
    "bloom, transformer.word_embeddings.weight"
  })
  void tiedWeightsMayHaveTheHeadsName(String golden, String embedding) throws IOException {
    config(golden);
    RenamedWeights.writeSafetensors(
        folder.resolve("model.safetensors"),
        renamed(weights(golden), name -> name.equals(embedding) ? "lm_head.weight" : name));
    computesAs(golden, folder);
  }

  @Test
  void anUntiedModelNeedsItsEmbedding() throws IOException {
    config("llama");
    var fewer = renamed(weights("llama"), name -> name);
    fewer.remove("model.embed_tokens.weight");
    RenamedWeights.writeSafetensors(folder.resolve("model.safetensors"), fewer);
    refused("missing model.embed_tokens.weight");
  }

  @Nested
  class SeveralFiles {
    /** Two shards, each of which is named for half of the weights. */
    private void shards(String stem, String ending) throws IOException {
      config("gpt2");
      var weights = weights("gpt2");
      var index = new StringBuilder();
      for (String name : weights.keySet()) {
        int shard = index.length() == 0 || name.hashCode() % 2 == 0 ? 1 : 2;
        index
            .append(index.isEmpty() ? "" : ",")
            .append("\"%s\":\"%s-0000%d-of-00002.%s\"".formatted(name, stem, shard, ending));
      }
      for (int shard = 1; shard <= 2; shard++) {
        Path file = folder.resolve("%s-0000%d-of-00002.%s".formatted(stem, shard, ending));
        if (ending.equals("bin")) {
          RenamedWeights.writeTorch(file, weights);
        } else {
          RenamedWeights.writeSafetensors(file, weights);
        }
      }
      Files.writeString(
          folder.resolve(stem + "." + ending + ".index.json"),
          "{\"metadata\":{},\"weight_map\":{" + index + "}}");
    }

    @Test
    void shardsOfPyTorchFilesAreReadThroughTheirIndex() throws IOException {
      shards("pytorch_model", "bin");
      computesAs("gpt2", folder);
      try (var model = Fresnel.load(folder)) {
        assertThat(model.provenance().format()).startsWith("PyTorch checkpoint");
      }
    }

    @ParameterizedTest
    @CsvSource({"pytorch_model, bin", "model, safetensors"})
    void aShardLeadsToItsModel(String stem, String ending) throws IOException {
      shards(stem, ending);
      computesAs("gpt2", folder.resolve(stem + "-00002-of-00002." + ending));
    }

    @Test
    void shardsWithoutTheirIndexAreToldSo() throws IOException {
      shards("model", "safetensors");
      Files.delete(folder.resolve("model.safetensors.index.json"));
      refused("parts of a model", "but not their index model.safetensors.index.json", "fetch it");
    }
  }
}
