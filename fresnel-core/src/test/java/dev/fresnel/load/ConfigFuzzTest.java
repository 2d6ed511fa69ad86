package dev.fresnel.load;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fresnel.load.hub.Hub;
import dev.fresnel.load.hub.HubListener;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Harmless;
import dev.fresnel.testkit.Malformed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Configurations from elsewhere, beside weights that are right: what still loads is run. And names
 * of models, which a user may have copied from anywhere.
 */
@Tag("long")
class ConfigFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> gpt2Configs() {
    return configs("gpt2-inner-gelu", "gpt2-prefix-buffers");
  }

  @MethodSource("gpt2Configs")
  @FuzzTest
  void gpt2(byte[] config) {
    load("gpt2-inner-gelu", config);
  }

  static Stream<byte[]> llamaConfigs() {
    return configs("llama-llama3-rope", "llama-llama3-rope-v5", "llama-linear-rope-old");
  }

  @MethodSource("llamaConfigs")
  @FuzzTest
  void llama(byte[] config) {
    load("llama-llama3-rope", config);
  }

  static Stream<byte[]> transformerLensConfigs() {
    return configs("tl-rotary-rms", "tl-shortformer-pos", "tl-shortformer-neel");
  }

  @MethodSource("transformerLensConfigs")
  @FuzzTest
  void transformerLens(byte[] config) {
    load("tl-rotary-rms", config);
  }

  static Stream<byte[]> names() {
    return Stream.of(
            "gpt2-small", "pythia-70m@step512", "org/model@refs/pr/7", "attn-only-2l-half", "../x")
        .map(name -> name.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("names")
  @FuzzTest
  void modelName(byte[] name) {
    var hub = Hub.of(Map.of("HF_HUB_OFFLINE", "1"), folder, HubListener.NONE);
    Harmless.require(
        () ->
            HubName.of(new String(name, StandardCharsets.UTF_8), hub)
                .ifPresent(HubName::asCheckpointFile));
  }

  @Test
  void malformedFilesAreRefusedOrRead() {
    replay(gpt2Configs(), this::gpt2);
    replay(llamaConfigs(), this::llama);
    replay(transformerLensConfigs(), this::transformerLens);
    replay(names(), this::modelName);
  }

  private static void replay(Stream<byte[]> seeds, Consumer<byte[]> reader) {
    seeds.flatMap(Malformed::of).forEach(reader);
  }

  private static Stream<byte[]> configs(String... cases) {
    return Stream.of(cases)
        .map(name -> WeightFilesFuzzTest.bytes(Golden.of(name).model().resolve("config.json")));
  }

  private static void load(String weights, byte[] config) {
    try {
      Path model = folder.resolve(weights);
      if (!Files.exists(model)) {
        ModelFinderTest.copyModel(weights, model);
      }
      Files.write(model.resolve("config.json"), config);
      Harmless.require(() -> WeightFilesFuzzTest.use(Loading.byPath(model, LoadOptions.DEFAULT)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
