package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.hub.FakeHub;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which files of a repository are fetched, in which order, and what is refused before weights are.
 */
class HubModelTest {
  @TempDir private Path home;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> told = new ArrayList<>();
  private FakeHub server;

  @BeforeEach
  void aHub() {
    server = new FakeHub();
    environment.put("HF_ENDPOINT", server.address());
  }

  @AfterEach
  void close() {
    server.close();
  }

  private ModelFinder finder() {
    return new ModelFinder(environment, home, (what, done, total) -> told.add(what));
  }

  private ModelStore store() {
    return ModelStore.of(environment, home, Progress.NONE);
  }

  /** A repository with a golden model's files. */
  private FakeHub.Repository serve(String repository, String golden) throws IOException {
    FakeHub.Repository served = server.repository(repository);
    try (var files = Files.list(Golden.of(golden).model())) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        byte[] bytes = Files.readAllBytes(file);
        if (name.endsWith(".json")) {
          served.small(name, bytes);
        } else {
          served.large(name, bytes);
        }
      }
    }
    return served;
  }

  private static byte[] tokenizer(String name) throws IOException {
    return Files.readAllBytes(
        Golden.root().resolve("tokenizers").resolve(name).resolve("tokenizer.json"));
  }

  /** The files whose bytes were asked for, in this order. */
  private List<String> fetched() {
    return server.asked().stream()
        .filter(request -> request.startsWith("GET") && request.contains("/resolve/"))
        .map(request -> request.replaceFirst(".*/resolve/[^/]+/", ""))
        .toList();
  }

  private String opened(String model) {
    try (var files = finder().open(model)) {
      return files.weights().description();
    }
  }

  @Test
  void theSmallFilesComeFirstAndNothingElseIsFetched() throws IOException {
    serve("org/model", "gpt2")
        .small("tokenizer.json", tokenizer("gpt2"))
        .small("tokenizer_config.json", "{}")
        .small("README.md", "read me")
        .small("merges.txt", "")
        .large("pytorch_model.bin", new byte[100])
        .large("tf_model.h5", new byte[100])
        .large("onnx/model.onnx", new byte[100]);
    try (var model = ModelLoader.load(finder().open("org/model"), LoadOptions.DEFAULT)) {
      assertThat(model.config().name()).isEqualTo("org/model");
      assertThat(model.provenance().source()).isEqualTo("org/model");
      assertThat(model.tokenizer()).isPresent();
    }
    assertThat(fetched())
        .containsExactly(
            "config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors");
    assertThat(told).contains("downloading model.safetensors");
  }

  @Test
  void whatIsHereNeedsNoHub() throws IOException {
    serve("org/model", "gpt2");
    opened("org/model");
    server.close();
    assertThat(opened("org/model")).endsWith("model.safetensors");
    environment.put("HF_HUB_OFFLINE", "1");
    assertThat(opened("org/model")).endsWith("model.safetensors");
  }

  @Test
  void theHubIsNotAskedForWhatIsKnownToBeMissing() throws IOException {
    serve("org/model", "gpt2-bin");
    assertThat(opened("org/model")).endsWith("pytorch_model.bin");
    server.forget();
    assertThat(opened("org/model")).endsWith("pytorch_model.bin");
    assertThat(server.asked()).isEmpty();
  }

  @Test
  void anArchitectureThatIsNotKnownIsSaidBeforeWeightsAreFetched() {
    server
        .repository("EleutherAI/pythia-70m")
        .small(
            "config.json",
            "{\"architectures\":[\"GPTNeoYForCausalLM\"],\"model_type\":\"gpt_neoy\"}")
        .small("tokenizer.json", "{}")
        .large("model.safetensors", new byte[100]);
    assertThatThrownBy(() -> finder().open("pythia-70m"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("architecture that is not known")
        .hasMessageContaining("GPTNeoYForCausalLM");
    assertThat(fetched()).containsExactly("config.json");
  }

  @Test
  void settingsThatAreRefusedAreSaidBeforeWeightsAreFetched() {
    server
        .repository("org/quantized")
        .small("config.json", "{\"model_type\":\"llama\",\"quantization_config\":{\"bits\":4}}")
        .large("model.safetensors", new byte[100]);
    server
        .repository("NeelNanda/SoLU_1L_v9_old")
        .small(
            "config.json",
            "{\"d_model\":8,\"n_layers\":1,\"d_head\":4,\"architecture\":\"neel-solu-old\"}")
        .large("final.pth", new byte[100]);
    assertThatThrownBy(() -> finder().open("org/quantized"))
        .hasMessageContaining("quantization_config");
    assertThatThrownBy(() -> finder().open("solu-1l-old")).hasMessageContaining("neel-solu-old");
    assertThat(fetched()).containsExactly("config.json", "config.json");
  }

  @Test
  void shardsAreFetchedByTheirIndex() throws IOException {
    serve("org/sharded", "llama-bf16-shards").large("model-extra.safetensors", new byte[10]);
    assertThat(opened("org/sharded")).contains("model.safetensors.index.json");
    assertThat(fetched())
        .startsWith("config.json", "model.safetensors.index.json")
        .doesNotContain("model-extra.safetensors");
  }

  @Test
  void aShardThatLeadsOutOfItsFolderIsRefused() throws IOException {
    serve("org/sharded", "llama-bf16-shards")
        .small("model.safetensors.index.json", "{\"weight_map\":{\"w\":\"../../x.safetensors\"}}");
    assertThatThrownBy(() -> finder().open("org/sharded"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("plain name");
  }

  @Test
  void severalPytorchFilesAreRefusedByName() {
    server
        .repository("org/old")
        .small("config.json", "{\"model_type\":\"gpt2\"}")
        .small("pytorch_model.bin.index.json", "{}")
        .large("pytorch_model-00001-of-00002.bin", new byte[10]);
    assertThatThrownBy(() -> finder().open("org/old"))
        .hasMessageContaining("pytorch_model.bin.index.json");
  }

  @Test
  void aTransformerLensRepositoryTakesItsTokenizerFromWhereItSays() throws IOException {
    byte[] weights =
        Files.readAllBytes(Golden.of("tl-shortformer-neel").model().resolve("model.pth"));
    String config =
        Files.readString(Golden.of("tl-shortformer-neel").model().resolve("config.json"))
            .replaceFirst("\\{", "{\"tokenizer_name\": \"org/tokenizer\",")
            .replaceAll("\"tokenizer_name\": null,?", "");
    server
        .repository("NeelNanda/Attn_Only_2L512W_C4_Code")
        .small("config.json", config)
        .large("Attn_Only_2L_final.pth", weights)
        .large("checkpoints/Attn_Only_2L_000000001000.pth", weights)
        .large("checkpoints/Attn_Only_2L_000000002500.pth", weights);
    server
        .repository("org/tokenizer")
        .small("tokenizer.json", tokenizer("gpt2"))
        .large("model.safetensors", new byte[9]);
    try (var files = finder().open("Attn-Only-2L");
        var tokenizer = files.tokenizer().open(LoadOptions.DEFAULT).tokenizer()) {
      assertThat(files.weights().description()).endsWith("Attn_Only_2L_final.pth");
      assertThat(tokenizer).isNotNull();
    }
    assertThat(fetched())
        .containsExactly("config.json", "tokenizer.json", "Attn_Only_2L_final.pth");

    assertThat(opened("attn-only-2l@step1000"))
        .endsWith("checkpoints/Attn_Only_2L_000000001000.pth");
    assertThat(opened("NeelNanda/Attn_Only_2L512W_C4_Code@2500")).endsWith("2500.pth");
    assertThatThrownBy(() -> finder().open("attn-only-2l@step1200"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("has no checkpoint 1200: of its 2 the nearest are 1000, 2500");
    assertThatThrownBy(() -> finder().open("attn-only-2l@nonsense"))
        .hasMessageContaining("has no revision nonsense");
    environment.put("HF_HUB_OFFLINE", "1");
    assertThat(opened("attn-only-2l")).endsWith("final.pth");
    assertThat(opened("attn-only-2l@step1000")).endsWith("1000.pth");
  }

  @Test
  void aTokenizerThatIsNamedButCannotBeHadIsAnError() throws IOException {
    String config =
        Files.readString(Golden.of("tl-shortformer-neel").model().resolve("config.json"))
            .replaceAll("\"tokenizer_name\": null,?", "");
    var served = server.repository("org/lens").large("final.pth", new byte[10]);
    served.small("config.json", config.replaceFirst("\\{", "{\"tokenizer_name\": \"org/gone\","));
    assertThatThrownBy(() -> finder().open("org/lens"))
        .hasMessageContaining("there is no repository org/gone");
    served
        .commit("main")
        .small("config.json", config.replaceFirst("\\{", "{\"tokenizer_name\": \"../../etc\","));
    assertThatThrownBy(() -> store().download("org/lens")).hasMessageContaining("tokenizer_name");
  }

  @Test
  void theWorkshopsModelHasNoConfigurationAndAnothersTokenizer() throws IOException {
    server
        .repository("callummcdougall/attn_only_2L_half")
        .large("attn_only_2L_half.pth", new byte[10]);
    server.repository("EleutherAI/gpt-neox-20b").small("tokenizer.json", tokenizer("gpt2"));
    assertThatThrownBy(() -> finder().open("attn-only-2l-half"))
        .hasMessageContaining("attn_only_2L_half.pth");
    assertThat(fetched()).containsExactly("tokenizer.json", "attn_only_2L_half.pth");
  }

  @Test
  void theOnlyGgufFileOfARepositoryIsTaken() throws IOException {
    var served = serve("org/gguf", "gguf-q4-1");
    assertThat(opened("org/gguf")).endsWith(".gguf");
    served.large("other.gguf", new byte[10]);
    assertThatThrownBy(() -> store().download("org/gguf"))
        .hasMessageContaining("several weight files");
  }

  @Test
  void aRepositoryWithoutWeightsSaysWhatItHas() {
    server
        .repository("org/empty")
        .small("config.json", "{\"model_type\":\"gpt2\"}")
        .small("README.md", "");
    assertThatThrownBy(() -> finder().open("org/empty"))
        .hasMessageContaining("has no weights")
        .hasMessageContaining("README.md");
    server.repository("org/data").small("data.csv", "");
    assertThatThrownBy(() -> finder().open("org/data"))
        .hasMessageContaining("has no file config.json and none that ends in .gguf")
        .hasMessageContaining("It has data.csv");
  }

  @Test
  void stepsOfTrainingMayBeRevisions() throws IOException {
    serve("stanford-crfm/alias-gpt2-small-x21", "gpt2")
        .commit("checkpoint-400")
        .small("README.md", "");
    assertThat(opened("stanford-gpt2-small-a@step400")).contains("model.safetensors");
    assertThat(opened("stanford-gpt2-small-a@checkpoint-400")).contains("model.safetensors");
  }

  @Test
  void aPointerOfGitLfsOnTheHubIsNamedWithWhatToDo() throws IOException {
    byte[] pointer = LfsPointerTest.POINTER.getBytes(StandardCharsets.UTF_8);
    serve("org/broken", "gpt2").remove("model.safetensors").small("model.safetensors", pointer);
    assertThatThrownBy(() -> store().download("org/broken"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("model.safetensors of org/broken")
        .hasMessageContaining("Git LFS's pointer to it (548 MB)")
        .hasMessageContaining("'fresnel models remove org/broken'")
        .hasMessageContaining("'git lfs pull'");
  }

  @Test
  void theAddressOfAPageIsDownloadedByItsName() throws IOException {
    serve("org/model", "gpt2").commit("v2").small("README.md", "");
    String page = server.address() + "/org/model/tree/v2";
    assertThat(store().download(page).repository()).isEqualTo("org/model@v2");
    assertThat(opened(page)).endsWith("model.safetensors");
    assertThat(store().remove(page).repository()).isEqualTo("org/model");
  }

  @Test
  void aDownloadIsAskedForAndRemovedByName() throws IOException {
    serve("openai-community/gpt2", "gpt2").small("README.md", "read me");
    var download = store().download("gpt2-small");
    assertThat(download.repository()).isEqualTo("openai-community/gpt2");
    assertThat(download.files()).isEqualTo(2);
    assertThat(download.folder()).isDirectoryContaining("glob:**/model.safetensors");
    assertThat(download.bytes()).isEqualTo(705 + 68_552);
    assertThat(store().cached())
        .singleElement()
        .satisfies(m -> assertThat(m.revisions()).containsExactly("main"));
    assertThat(store().remove("GPT2").bytes()).isGreaterThan(download.bytes());
    assertThat(store().cached()).isEmpty();
    assertThatThrownBy(() -> store().remove("gpt2"))
        .hasMessageContaining("openai-community/gpt2 is not in " + store().folder());
  }

  @Test
  void aDownloadBringsTheNewestState() throws IOException {
    var served = serve("org/model", "gpt2");
    Path first = store().download("org/model").folder();
    server.forget();
    assertThat(store().download("org/model").folder()).isEqualTo(first);
    assertThat(server.asked()).hasSize(1);
    served.commit("main").small("README.md", "new");
    assertThat(store().download("org/model").folder()).isNotEqualTo(first).exists();
    assertThat(opened("org/model")).contains(served.commit());
  }

  @Test
  void whatIsOnNoHubIsNotDownloaded() {
    assertThatThrownBy(() -> store().download("by-hand"))
        .hasMessageContaining("comes with Fresnel");
    assertThatThrownBy(() -> store().download("./here")).hasMessageContaining("is a path");
    assertThatThrownBy(() -> store().download("llama-7b"))
        .hasMessageContaining("llama-7b-hf is on no hub");
    assertThatThrownBy(() -> store().download("gpt3")).hasMessageContaining("the nearest is");
  }

  @Test
  void theTableOfShortNamesIsWhole() {
    assertThat(KnownModels.all()).hasSizeGreaterThan(200);
    var names = new TreeSet<String>();
    assertThat(KnownModels.names())
        .allSatisfy(name -> assertThat(names.add(name)).as(name).isTrue());
    for (String[] expected :
        new String[][] {
          {"gpt2", "openai-community/gpt2"},
          {"GPT2-small", "openai-community/gpt2"},
          {"pythia-70m", "EleutherAI/pythia-70m"},
          {"tiny-stories-1M", "roneneldan/TinyStories-1M"},
          {"attn-only-2l", "NeelNanda/Attn_Only_2L512W_C4_Code"},
          {"gelu-1l", "NeelNanda/GELU_1L512W_C4_Code"},
          {"solu-2l", "NeelNanda/SoLU_2L512W_C4_Code"},
          {"attn-only-2l-half", "callummcdougall/attn_only_2L_half"},
          {"smollm2-135m", "HuggingFaceTB/SmolLM2-135M"},
          {"othello-gpt", "Baidicoot/Othello-GPT-Transformer-Lens"}
        }) {
      assertThat(KnownModels.find(expected[0]).orElseThrow().repository()).contains(expected[1]);
    }
    assertThat(KnownModels.find("attn-only-2l-half").orElseThrow().tokenizer())
        .contains("EleutherAI/gpt-neox-20b");
    assertThat(KnownModels.find("gpt2").orElseThrow().canBeLoaded()).isTrue();
    assertThat(KnownModels.find("t5-small").orElseThrow().canBeLoaded()).isFalse();
    assertThat(KnownModels.find("llama-7b").orElseThrow().canBeLoaded()).isFalse();
    assertThat(KnownModels.all())
        .filteredOn(model -> model.repository().orElse("").contains("/SoLU_"))
        .hasSize(17)
        .noneMatch(KnownModel::canBeLoaded);
  }
}
