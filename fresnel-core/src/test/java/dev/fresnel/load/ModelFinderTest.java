package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.RefusingPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFinderTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir private Path home;
  private ModelFinder finder;

  @BeforeEach
  void anEmptyHome() {
    finder = offline(Map.of());
  }

  private ModelFinder offline(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("HF_HUB_OFFLINE", "1");
    return new ModelFinder(all, home, Progress.NONE);
  }

  /** A model in the hub's cache, as its Python client leaves it. */
  private Path cached(Path hub, String repository, String reference) throws IOException {
    Path folder = hub.resolve("models--" + repository.replace("/", "--"));
    Path snapshot = folder.resolve("snapshots").resolve(COMMIT);
    copyModel("gpt2", snapshot);
    Path ref = folder.resolve("refs").resolve(reference);
    Files.createDirectories(ref.getParent());
    Files.writeString(ref, COMMIT);
    return snapshot;
  }

  static void copyModel(String golden, Path to) throws IOException {
    Files.createDirectories(to);
    try (var files = Files.list(Golden.of(golden).model())) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private String opened(String model) {
    try (var files = finder.open(model)) {
      return files.weights().description();
    }
  }

  @Test
  void aPathThatExistsComesFirst() throws IOException {
    copyModel("gpt2", home.resolve("here"));
    assertThat(opened(home.resolve("here").toString())).contains("here");
  }

  @Test
  void aTildeIsTheHomeFolder() throws IOException {
    copyModel("gpt2", home.resolve("models/small"));
    assertThat(opened("~/models/small")).startsWith(home.toString());
  }

  private static void fails(ModelFinder finder, String model, String... words) {
    assertThatThrownBy(() -> finder.open(model))
        .isInstanceOf(FresnelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  @Test
  void aMistypedPathNamesWhatIsThereInstead() throws IOException {
    Path models = Files.createDirectories(home.resolve("models"));
    fails(finder, models + "/gpt2", "no file or folder " + models + "/gpt2", models + " is empty");
    copyModel("gpt2", models.resolve("gpt2-small"));
    fails(
        finder,
        models + "/gpt2-smal/x/y",
        "the folder " + models + " has no gpt2-smal; the nearest there is gpt2-small",
        "Check the path");
    Path config = models.resolve("gpt2-small/config.json");
    fails(finder, config + "/x", config + " is a file");
    fails(
        finder,
        "src/main/jav",
        "there is no file or folder src/main/jav: the folder ",
        "the nearest there is java",
        "write ORG/NAME[@REVISION]");
    fails(finder, "org/../../etc", "there is no file or folder org/../../etc");
    fails(finder, "~/modles", "the folder " + home + " has no modles; the nearest there is models");
  }

  /** The current folder of the tests is the module's, which has a folder src. */
  @Test
  void whatMayBeAPathOrARepositoryIsToldOfBoth() {
    fails(
        finder,
        "src/mian",
        "there is no file or folder src/mian: the folder ",
        "the nearest there is main, test",
        "config.json of src/mian is not in the Hugging Face cache");
    fails(
        finder,
        "org/nothing",
        "there is no file or folder org/nothing; config.json of org/nothing is not in the Hugging"
            + " Face cache");
    try (var port = new RefusingPort()) {
      String endpoint = "http://" + port.address();
      var online = new ModelFinder(Map.of("HF_ENDPOINT", endpoint), home, Progress.NONE);
      assertThatThrownBy(() -> online.open("src/mian"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("there is no file or folder src/mian")
          .hasMessageContaining("the nearest there is main")
          .hasMessageContaining("no connection to " + endpoint + " could be made")
          .hasMessageNotContaining("cannot be reached");
    }
  }

  @Test
  void aRevisionThatCannotBeOneIsNotCalledAnUnknownModel() {
    fails(finder, "org/name@a b", "'a b' cannot be a revision of org/name", "a branch");
    fails(finder, "org/name@../x", "'../x' cannot be a revision of org/name");
    fails(finder, "gpt2@", "'' cannot be a revision of gpt2");
    fails(finder, "nonsense@v1", "'nonsense@v1' is no path that exists");
  }

  @Test
  void thePageOfAModelIsItsName() throws IOException {
    Path cache = home.resolve(".cache/huggingface/hub");
    Path expected = cached(cache, "org/model", "main").resolve("model.safetensors");
    assertThat(opened("https://huggingface.co/org/model")).isEqualTo(expected.toString());
    assertThat(opened("https://huggingface.co/org/model/tree/main?x=y"))
        .isEqualTo(expected.toString());
    cached(cache, "openai-community/gpt2", "v2");
    assertThat(opened("https://huggingface.co/openai-community/gpt2/tree/v2")).contains("gpt2");
    fails(finder, "https://huggingface.co/org/model/blob/main/x.gguf", "a part of org/model");
    fails(finder, "https://huggingface.co/datasets/org/data", "no page of a model");
    fails(finder, "http://x/y", "http://x/y is no page of the hub https://huggingface.co");
  }

  @Test
  void aPathNeedsNoVariableOfTheHub() throws IOException {
    copyModel("gpt2", home.resolve("here"));
    var odd = new ModelFinder(Map.of("HF_HOME", "~nobody/x"), home, Progress.NONE);
    try (var files = odd.open(home.resolve("here").toString())) {
      assertThat(files.weights().description()).contains("here");
    }
    fails(odd, "org/model", "HF_HOME is ~nobody/x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/no/such/model", "./no-such", "~/no-such", "no-such.gguf", "org/no-such.gguf"})
  void whatLooksLikeAPathIsOne(String model) {
    assertThatThrownBy(() -> finder.open(model))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("there is no file or folder")
        .hasMessageContaining(model.replace("~", home.toString()));
  }

  @Test
  void aRepositoryIsLookedForInTheCache() throws IOException {
    Path hub = home.resolve(".cache/huggingface/hub");
    Path snapshot = cached(hub, "org/model", "main");
    assertThat(opened("org/model")).startsWith(snapshot.toString());
    try (var files = finder.open("org/model")) {
      assertThat(files.name()).isEqualTo("org/model");
    }
  }

  @Test
  void aRevisionIsABranchOrATagOrACommit() throws IOException {
    cached(home.resolve(".cache/huggingface/hub"), "org/model", "pr/7");
    assertThat(opened("org/model@pr/7")).contains(COMMIT);
    assertThat(opened("org/model@" + COMMIT)).contains(COMMIT);
    assertThatThrownBy(() -> finder.open("org/model"))
        .hasMessageContaining("has no revision main")
        .hasMessageContaining("HF_HUB_OFFLINE");
  }

  @Test
  void theCacheIsWhereTheEnvironmentSays() throws IOException {
    Path hub = home.resolve("elsewhere");
    cached(hub, "org/model", "main");
    finder = offline(Map.of("HF_HUB_CACHE", hub.toString(), "HF_HOME", "/nowhere"));
    assertThat(opened("org/model")).startsWith(hub.toString());

    cached(home.resolve("hf/hub"), "org/second", "main");
    finder = offline(Map.of("HF_HOME", home.resolve("hf").toString()));
    assertThat(opened("org/second")).contains("hf");

    cached(home.resolve("xdg/huggingface/hub"), "org/third", "main");
    finder = offline(Map.of("XDG_CACHE_HOME", home.resolve("xdg").toString()));
    assertThat(opened("org/third")).contains("xdg");
  }

  @Test
  void theShortNameOfGpt2IsItsRepository() throws IOException {
    cached(home.resolve(".cache/huggingface/hub"), "openai-community/gpt2", "main");
    assertThat(opened("gpt2")).contains("openai-community--gpt2");
    assertThat(opened("gpt2-small")).contains("openai-community--gpt2");
  }

  @Test
  void aRepositoryThatWasMovedIsFoundUnderItsFormerName() throws IOException {
    cached(home.resolve(".cache/huggingface/hub"), "gpt2", "main");
    assertThat(opened("GPT2")).contains("models--gpt2");
  }

  @Test
  void offlineWhatIsNotDownloadedIsAnErrorThatSaysWhatToDo() {
    assertThatThrownBy(() -> finder.open("smollm2-135m"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("HF_HUB_OFFLINE is set")
        .hasMessageContaining(
            home.resolve(".cache/huggingface/hub/models--HuggingFaceTB--SmolLM2-135M").toString())
        .hasMessageContaining("fresnel download HuggingFaceTB/SmolLM2-135M");
  }

  @ParameterizedTest
  @ValueSource(strings = {"by-hnd", "byhand", "", "a b"})
  void aWordThatIsNothingGetsTheKnownNames(String model) {
    assertThatThrownBy(() -> finder.open(model))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("by-hand")
        .hasMessageContaining("the nearest is");
  }

  @Test
  void theNearestKnownNameIsOffered() {
    assertThatThrownBy(() -> Fresnel.load("by-hnd")).hasMessageContaining("the nearest is by-hand");
    assertThat(Fresnel.knownModels()).contains("fresnel-2l", "by-hand", "gpt2");
  }
}
