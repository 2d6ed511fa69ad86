package dev.fresnel.cli;

import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheCommandTest {
  /**
   * The tolerance of the forward pass's tests: the largest error of float32 sums in another order.
   */
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;

  /** The golden files hold per-head results too. */
  private static final String EVERYTHING = "*,blocks.*.attn.hook_result";

  @ParameterizedTest
  @CsvSource({"gpt2, raw", "gpt2-text, raw", "llama, raw", "tl-shortformer, raw", "gpt2, default"})
  void everythingIsWhatTransformerLensCaches(String model, String processing) {
    var golden = Golden.of(model);
    write(model, "--processing", processing, "--hooks", EVERYTHING);
    var expected = golden.numbers(processing + ".safetensors");
    expected.keySet().removeAll(List.of("loss", "loss_per_token"));
    var written = new Golden(folder, golden.about()).numbers("cache.safetensors");
    if (golden.about().get("complete").get(processing).asBoolean()) {
      assertThat(written.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    }
    expected.forEach(
        (name, numbers) -> {
          assertThat(written.get(name).shape()).as(name).isEqualTo(numbers.shape());
          assertThatNumbers(written.get(name).values())
              .as(name)
              .isCloseTo(numbers.values(), TOLERANCE);
        });
  }

  @Test
  void aStarStandsForDotsToo() {
    var json =
        write("gpt2", "--hooks", "blocks.*pattern, blocks.1.hook_resid_post", "--json").json();
    assertThat(json.get("tensors").findValuesAsText("name"))
        .containsExactlyInAnyOrder(
            "blocks.0.attn.hook_pattern",
            "blocks.1.attn.hook_pattern",
            "blocks.2.attn.hook_pattern",
            "blocks.1.hook_resid_post",
            "logits");
    assertThat(json.get("output").asText())
        .isEqualTo(folder.resolve("cache.safetensors").toString());
  }

  @Test
  void theDefaultLeavesOutWhatRunWithCacheLeavesOut() {
    var names = write("gpt2", "--json").json().get("tensors").findValuesAsText("name");
    assertThat(names).contains("blocks.0.attn.hook_z", "logits");
    assertThat(names).doesNotContain("blocks.0.attn.hook_result", "blocks.0.hook_mlp_in");
  }

  @Test
  void tokensAskedForByNameAreWholeNumbers() throws IOException {
    write("gpt2", "--hooks", "hook_tokens");
    assertThat(header().get("hook_tokens").get("dtype").asText()).isEqualTo("I64");
  }

  @Test
  void theFileSaysWhatItWasMadeFrom() throws IOException {
    write("gpt2", "--hooks", "hook_embed");
    JsonNode notes = header().get("__metadata__");
    assertThat(notes.get("tokens").asText()).isEqualTo(tokens(Golden.of("gpt2")));
    assertThat(notes.get("processing").asText())
        .isEqualTo("fold_ln,center_writing_weights,center_unembed,fold_value_biases");
    assertThat(notes.has("model")).isTrue();
  }

  @Test
  void aTypoIsAnsweredWithTheNearestNamesAndLeavesNoFile() {
    var called = call("gpt2", "--hooks", "blocks.0.attn.hook_patern").failed(1);
    assertThat(called.err()).contains("blocks.0.attn.hook_pattern");
    assertThat(folder).isEmptyDirectory();
  }

  private Called write(String model, String... more) {
    return call(model, more).succeeded();
  }

  private Called call(String model, String... more) {
    var golden = Golden.of(model);
    String[] args = {
      "cache",
      "--model",
      golden.model().toString(),
      "--tokens",
      tokens(golden),
      "--output",
      folder.resolve("cache.safetensors").toString()
    };
    var all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Called.with(all);
  }

  private static String tokens(Golden golden) {
    return Arrays.stream(golden.tokens()[0])
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(","));
  }

  private JsonNode header() throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("cache.safetensors")));
    int length = (int) bytes.order(ByteOrder.LITTLE_ENDIAN).getLong();
    Path json = folder.resolve("header.json");
    Files.writeString(json, new String(bytes.array(), 8, length, StandardCharsets.UTF_8));
    return Golden.json(json);
  }
}
