package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each key of a config.json set to another value, as {@code parity/keys.py} did it in transformers:
 * what changes the logits there changes them here alike, or is refused.
 */
class KeysOfTheOriginalTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode KEYS = Golden.json(Golden.root().resolve("keys/config.json"));

  /** Of numbers about 1: the golden has five digits, and half precision is not involved. */
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "neox", "gptj", "opt", "bloom", "gemma2-one-kv"})
  void whatChangesTheOriginalChangesThisOrIsRefused(String family) throws IOException {
    Path model = Golden.of(family).model();
    var usual = (ObjectNode) Golden.json(model.resolve("config.json"));
    Files.copy(model.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    JsonNode measured = KEYS.path("families").path(family);
    assertThat(wrong(logits(usual), measured.path("logits"))).isNull();

    var faults = new ArrayList<String>();
    for (JsonNode row : measured.path("rows")) {
      String key = row.path("key").asText();
      var changed = usual.deepCopy();
      changed.set(key, row.path("value"));
      String fault = fault(row, changed, measured.path("logits"));
      if (fault != null) {
        faults.add(key + " = " + row.path("value") + ": " + fault);
      }
    }
    assertThat(faults).isEmpty();
  }

  /** Of two versions of the original the newer one wins; what either refuses may be refused. */
  private String fault(JsonNode row, ObjectNode config, JsonNode usual) throws IOException {
    JsonNode original = row.path("newest");
    boolean same = original.asText().equals("same");
    List<Double> logits;
    try {
      logits = logits(config);
    } catch (FresnelException refused) {
      boolean needless = same && row.path("pinned").asText().equals("same");
      return needless ? "refused needlessly: " + refused.getMessage() : null;
    }
    return original.asText().equals("fails")
        ? "the original refuses it"
        : wrong(logits, same ? usual : original);
  }

  private List<Double> logits(ObjectNode config) throws IOException {
    Files.writeString(folder.resolve("config.json"), JSON.writeValueAsString(config));
    var ids = new int[KEYS.path("ids").size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = KEYS.path("ids").get(i).asInt();
    }
    try (Transformer loaded = Fresnel.load(folder, LoadOptions.DEFAULT.raw());
        var run = loaded.run(Tokens.of(ids))) {
      float[] all = run.logits().floats();
      int vocabulary = loaded.config().sizes().vocabularyOut();
      var last = new ArrayList<Double>();
      for (int i = all.length - vocabulary; i < all.length; i++) {
        last.add((double) all[i]);
      }
      return last;
    }
  }

  private static String wrong(List<Double> actual, JsonNode expected) {
    if (actual.size() != expected.size()) {
      return actual.size() + " logits in place of " + expected.size();
    }
    for (int i = 0; i < actual.size(); i++) {
      double original = expected.get(i).asDouble();
      if (!(Math.abs(actual.get(i) - original) <= TOLERANCE * (1 + Math.abs(original)))) {
        return "logit " + i + " is " + actual.get(i) + " in place of " + original;
      }
    }
    return null;
  }
}
