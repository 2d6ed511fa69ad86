package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.load.ModelStore;
import dev.fresnel.load.hub.FakeHub;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubCommandsTest {
  @TempDir private Path home;
  private final Map<String, String> environment = new HashMap<>();
  private FakeHub server;

  @BeforeEach
  void aHubWithGpt2() throws IOException {
    server = new FakeHub();
    environment.put("HF_ENDPOINT", server.address());
    Path model = Golden.of("gpt2").model();
    server
        .repository("openai-community/gpt2")
        .small("config.json", Files.readAllBytes(model.resolve("config.json")))
        .large("model.safetensors", Files.readAllBytes(model.resolve("model.safetensors")));
  }

  @AfterEach
  void close() {
    server.close();
  }

  private Called call(String... args) {
    return Called.with(progress -> ModelStore.of(environment, home, progress), args);
  }

  @Test
  void aDownloadSaysWhatItBroughtAndWhere() {
    var called = call("download", "gpt2").succeeded();
    assertThat(called.out())
        .startsWith("openai-community/gpt2: 2 files, 69 kB, in")
        .contains(home.resolve(".cache/huggingface/hub").toString());
    var json = call("download", "gpt2", "--json").json();
    assertThat(json.get("bytes").asLong()).isEqualTo(705 + 68_552);
    assertThat(Path.of(json.get("folder").asText())).isDirectoryContaining("glob:**/config.json");
  }

  @Test
  void modelsOnThisMachineAreListedWithTheirSizes() throws IOException {
    assertThat(call("models").succeeded().out())
        .contains("none; 'fresnel download gpt2' fetches one");
    call("download", "gpt2");
    Path blobs = home.resolve(".cache/huggingface/hub/models--openai-community--gpt2/blobs");
    Files.write(blobs.resolve("x.fresnel.incomplete"), new byte[2000]);
    var listed = call("models").succeeded();
    assertThat(listed.out())
        .contains("71 kB  openai-community/gpt2 (gpt2), 2.0 kB of it incomplete\n")
        .containsPattern("smollm2-135m +HuggingFaceTB/SmolLM2-135M\n")
        .containsPattern("T5ForConditionalGeneration +3: t5-small, …\n")
        .containsPattern("solu_ln +10: solu-1l, …\n")
        .containsPattern("neel-solu-old +7: solu-1l-pile, …\n")
        .doesNotContain("solu-2l  ");
    assertThat(listed.out().lines()).allMatch(line -> line.length() <= 96);
    var json = call("models", "--json").json();
    assertThat(json.get("cached").get(0).get("revisions").get(0).asText()).isEqualTo("main");
    assertThat(json.get("known").findValuesAsText("name"))
        .contains("gpt2", "pythia-70m", "solu-2l");
    assertThat(json.get("known").get(0).get("cached").asBoolean()).isTrue();
    assertThat(json.get("known").get(0).get("aliases").get(0).asText()).isEqualTo("gpt2-small");
  }

  @Test
  void aModelIsRemovedByName() {
    call("download", "gpt2");
    assertThat(call("models", "remove", "gpt2-small").succeeded().out())
        .isEqualTo("removed openai-community/gpt2, 69 kB\n");
    assertThat(call("models", "remove", "gpt2").failed(1).err()).contains("nothing to remove");
  }

  @Test
  void whatCannotBeHadEndsWithOne() {
    assertThat(call("download", "org/absent").failed(1).err())
        .contains("there is no repository org/absent");
    assertThat(call("download", "gpt3").failed(1).err()).contains("the nearest is gpt2");
    environment.put("HF_HUB_OFFLINE", "1");
    assertThat(call("download", "gpt2").failed(1).err()).contains("HF_HUB_OFFLINE");
  }

  @Test
  void bytesOnTheirWaySayHowFastTheyComeAndHowLongItTakes() {
    var clock = new AtomicLong();
    var download = new DownloadLine("downloading model.safetensors", 100_000_000, clock::get);
    assertThat(download.line(100_000_000, 548_000_000))
        .isEqualTo("[##--------------] 100 MB of 548 MB, downloading model.safetensors");
    clock.set(4_000_000_000L);
    assertThat(download.line(148_000_000, 548_000_000))
        .isEqualTo(
            "[####------------] 148 MB of 548 MB, 12 MB/s, 34 s left, downloading model.safetensors");
    clock.set(400_000_000_000L);
    assertThat(download.line(148_000_000, 548_000_000)).contains("120 kB/s, 56 min left");
    assertThat(download.line(5, 0)).isEqualTo("downloading model.safetensors");
  }
}
