package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs Python's client with the same server and the same cache. Each client finds what the other
 * has downloaded, and both leave the same files behind. Needs FRESNEL_PYTHON, a Python with {@code
 * huggingface_hub}; scripts/hub-and-python runs it.
 */
@EnabledIfEnvironmentVariable(named = "FRESNEL_PYTHON", matches = ".+")
class HubAndPythonTest {
  private static final byte[] WEIGHTS = HubFixture.bytes(3_000_000);
  private static final List<String> FILES =
      List.of("config.json", "model.safetensors", "checkpoints/step_1.pth");

  @TempDir private Path home;
  private HubFixture hub;

  @BeforeEach
  void aModel() {
    hub = new HubFixture(home);
    hub.model()
        .small("config.json", "{\"model_type\":\"gpt2\"}")
        .large("model.safetensors", WEIGHTS)
        .large("checkpoints/step_1.pth", HubFixture.bytes(1000));
    hub.server.renamed("old/name", "org/model");
  }

  @AfterEach
  void close() {
    hub.close();
  }

  /** The output of a Python program. */
  private String python(Path cache, String program, String... variables) throws Exception {
    Process process = start(cache, program, variables);
    String said = DownloadMain.output(process);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private Process start(Path cache, String program, String... variables) throws IOException {
    var builder =
        new ProcessBuilder(
            System.getenv("FRESNEL_PYTHON"), "-W", "error::UserWarning", "-c", program);
    Map<String, String> environment = new HashMap<>(hub.environment);
    environment.put("HF_HUB_CACHE", cache.toString());
    environment.put("HF_HOME", home.resolve("python").toString());
    environment.put("HF_HUB_DISABLE_PROGRESS_BARS", "1");
    environment.put("HF_HUB_DISABLE_TELEMETRY", "1");
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    DownloadMain.clean(builder.environment());
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).start();
  }

  private static String downloads(String options) {
    return "from huggingface_hub import hf_hub_download\n"
        + FILES.stream()
            .map(file -> "print(hf_hub_download('org/model', '" + file + "'" + options + "))\n")
            .collect(Collectors.joining());
  }

  private Hub hubIn(Path cache) {
    hub.environment.put("HF_HUB_CACHE", cache.toString());
    return hub.hub();
  }

  /** All files of a repository except locks. */
  private static TreeSet<String> repository(Path cache) throws IOException {
    return HubFixture.tree(cache.resolve("models--org--model"));
  }

  @Test
  void pythonPassesAgainstTheServer() throws Exception {
    hub.model().commit("refs/pr/7").small("config.json", "{}");
    server("org/gated").gated("hf_owner").small("config.json", "{}");
    String program =
        """
        from huggingface_hub import HfApi, hf_hub_download, snapshot_download, get_hf_file_metadata, hf_hub_url
        from huggingface_hub.errors import (EntryNotFoundError, GatedRepoError, HfHubHTTPError,
                                            RepositoryNotFoundError, RevisionNotFoundError)
        def fails(kind, call):
            try:
                call()
            except kind as e:
                assert type(e) is kind or kind is not RepositoryNotFoundError, type(e)
                return
            raise AssertionError(kind)
        info = HfApi().model_info("org/model")
        assert sorted(s.rfilename for s in info.siblings) == sorted(FILES), info
        assert HfApi().model_info("old/name").sha == info.sha
        folder = snapshot_download("org/model")
        assert len(open(folder + "/model.safetensors", "rb").read()) == 3000000
        assert open(hf_hub_download("old/name", "config.json")).read() == '{"model_type":"gpt2"}'
        assert open(hf_hub_download("org/model", "config.json", revision="refs/pr/7")).read() == "{}"
        meta = get_hf_file_metadata(hf_hub_url("org/model", "model.safetensors"))
        assert meta.size == 3000000 and len(meta.etag) == 64 and meta.commit_hash == info.sha, meta
        fails(RepositoryNotFoundError, lambda: hf_hub_download("org/nothing", "config.json"))
        fails(RepositoryNotFoundError, lambda: HfApi().model_info("org/nothing"))
        fails(GatedRepoError, lambda: hf_hub_download("org/gated", "config.json"))
        fails(GatedRepoError, lambda: hf_hub_download("org/gated", "config.json", token="hf_other"))
        fails(RevisionNotFoundError, lambda: hf_hub_download("org/model", "config.json", revision="v9"))
        fails(EntryNotFoundError, lambda: hf_hub_download("org/model", "nothing.json"))
        assert open(hf_hub_download("org/gated", "config.json", token="hf_owner")).read() == "{}"
        print("passed")
        """
            .replace("FILES", FILES.stream().collect(Collectors.joining("', '", "['", "']")));
    assertThat(python(home.resolve("cache"), program)).contains("passed");
    assertThat(hub.server.data.requests())
        .allSatisfy(request -> assertThat(request.header("Authorization")).isEmpty());
  }

  private FakeHub.Repository server(String name) {
    return hub.server.repository(name);
  }

  @Test
  void whatPythonDownloadedIsFoundHere() throws Exception {
    Path cache = home.resolve("cache");
    python(
        cache,
        downloads("")
            + "try:\n  hf_hub_download('org/model', 'tokenizer.json')\nexcept Exception as e:\n  print(type(e))\n");
    hub.server.forget();
    hub.environment.put("HF_HUB_OFFLINE", "1");
    HubSnapshot snapshot = hubIn(cache).open(HubFixture.MODEL);
    assertThat(snapshot.need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(snapshot.cachedFiles()).containsExactlyInAnyOrderElementsOf(FILES);
    hub.environment.remove("HF_HUB_OFFLINE");
    assertThat(hubIn(cache).open(HubFixture.MODEL).find("tokenizer.json")).isEmpty();
    assertThat(hub.asked()).isEmpty();
    assertThat(hub.hub().cached())
        .singleElement()
        .satisfies(m -> assertThat(m.incomplete()).isZero());
  }

  @Test
  void whatIsDownloadedHereIsFoundByPython() throws Exception {
    Path cache = home.resolve("cache");
    HubSnapshot snapshot = hubIn(cache).open(HubFixture.MODEL);
    FILES.forEach(snapshot::need);
    assertThat(snapshot.find("tokenizer.json")).isEmpty();
    snapshot.keep();
    hub.server.forget();
    String program =
        downloads(", local_files_only=True")
            + """
            from huggingface_hub import scan_cache_dir, try_to_load_from_cache, _CACHED_NO_EXIST
            assert try_to_load_from_cache("org/model", "tokenizer.json") is _CACHED_NO_EXIST
            found = scan_cache_dir()
            assert not found.warnings, found.warnings
            repo, = found.repos
            revision, = repo.revisions
            assert repo.repo_id == "org/model" and set(revision.refs) == {"main"}, repo
            assert len(revision.files) == 3, revision
            print("passed")
            """;
    assertThat(python(cache, program, "HF_HUB_OFFLINE", "1")).contains("passed");
    assertThat(hub.asked()).isEmpty();
  }

  @Test
  void bothLeaveTheSameFilesBehind() throws Exception {
    Path theirs = home.resolve("theirs");
    Path ours = home.resolve("ours");
    python(theirs, downloads(""));
    HubSnapshot snapshot = hubIn(ours).open(HubFixture.MODEL);
    FILES.forEach(snapshot::need);
    snapshot.keep();
    assertThat(repository(ours)).isEqualTo(repository(theirs));
    assertThat(Files.readString(ours.resolve("models--org--model/refs/main")))
        .isEqualTo(
            Files.readString(
                theirs.resolve("models--org--model/refs/main"), StandardCharsets.UTF_8));
  }

  @Test
  void bothAtOnceEndWithTheRightFile() throws Exception {
    Path cache = home.resolve("cache");
    hub.server.perSecond(1_500_000);
    Process process = start(cache, downloads(""));
    HubSnapshot snapshot = hubIn(cache).open(HubFixture.MODEL);
    FILES.forEach(snapshot::need);
    snapshot.keep();
    String said = DownloadMain.output(process);
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(
            cache.resolve(
                "models--org--model/snapshots/" + hub.model().commit() + "/model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    assertThat(repository(cache)).noneMatch(name -> name.contains("incomplete"));
  }

  @Test
  void whatPythonLeftHalfDoneDoesNotDisturb() throws Exception {
    Path cache = home.resolve("cache");
    String etag = FakeHub.hex("SHA-256", WEIGHTS);
    Path half = cache.resolve("models--org--model/blobs/" + etag + ".incomplete");
    Files.createDirectories(half.getParent());
    Files.write(half, new byte[1000]);
    assertThat(hubIn(cache).open(HubFixture.MODEL).need("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
  }
}
