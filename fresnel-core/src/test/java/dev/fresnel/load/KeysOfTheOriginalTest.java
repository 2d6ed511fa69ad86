package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Family;
import dev.fresnel.load.internal.weights.WeightFit;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
  private static final JsonNode TRANSFORMER_LENS =
      Golden.json(Golden.root().resolve("keys/transformer_lens.json"));

  /**
   * What the original refuses for the sake of its hooks, experts or Python alone, or of its names
   * for weights; and a parallel MLP where there is none.
   */
  private static final Set<String> ITS_OWN =
      Set.of(
          "use_attn_in",
          "experts_per_token",
          "use_return_dict",
          "n_key_value_heads",
          "parallel_attn_mlp");

  /**
   * What is refused though no logit moved: an encoder and windows belong to other models; dynamic
   * scaling changes longer texts than these alone.
   */
  private static final Set<String> CAUTION =
      Set.of("is_encoder_decoder", "sliding_window", "rope_scaling", "rope_parameters");

  /** Of numbers about 1: the golden has five digits, and half precision is not involved. */
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;
  private String usualReading;
  private List<Double> usualLogits;

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "neox", "gptj", "opt", "bloom", "gemma2-one-kv"})
  void whatChangesTheOriginalChangesThisOrIsRefused(String family) throws IOException {
    compare(family, KEYS, "model.safetensors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tl-mlp-gelu", "tl-rotary-rms", "tl-shortformer"})
  void whatChangesTransformerLensChangesThisOrIsRefused(String golden) throws IOException {
    compare(golden, TRANSFORMER_LENS, "model.pth");
  }

  private void compare(String family, JsonNode keys, String weights) throws IOException {
    Path model = Golden.of(family).model();
    var usual = (ObjectNode) Golden.json(model.resolve("config.json"));
    Files.copy(model.resolve(weights), folder.resolve(weights));
    JsonNode measured = keys.path("families").path(family);
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
    JsonNode original = row.has("newest") ? row.path("newest") : row.path("pinned");
    boolean same = original.asText().equals("same");
    List<Double> logits;
    try {
      logits = logits(config);
    } catch (FresnelException refused) {
      boolean needless =
          same
              && row.path("pinned").asText().equals("same")
              && !CAUTION.contains(row.path("key").asText());
      return needless ? "refused needlessly: " + refused.getMessage() : null;
    }
    boolean fails = original.asText().equals("fails");
    if (fails && (row.path("value").isNull() || row.path("pinned").asText().equals("same"))) {
      return null; // null counts as absent here; the newer version checks what neither reads
    }
    if (fails && ITS_OWN.contains(row.path("key").asText())) {
      return wrong(logits, usual);
    }
    return fails ? "the original refuses it" : wrong(logits, same ? usual : original);
  }

  /**
   * What the model computes by a configuration; read from the configuration alone where it is that
   * of the usual one, since a thousand models would take long to run.
   */
  private List<Double> logits(ObjectNode config) throws IOException {
    Files.writeString(folder.resolve("config.json"), JSON.writeValueAsString(config));
    String reading = reading();
    if (usualReading != null && usualReading.equals(reading)) {
      return usualLogits;
    }
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
      if (usualReading == null) {
        usualReading = reading;
        usualLogits = last;
      }
      return last;
    }
  }

  /** The model's configuration, and which stored weight is which of the model's. */
  private String reading() {
    try (var files = ModelDirectory.open(folder, "")) {
      Family family = Family.of(files.settings());
      var names = WeightNames.of(files.weights(), family.naming());
      var config = family.config(files.settings(), names);
      var layout = family.layout(config, files.settings(), names);
      var rules = WeightFit.check(layout, names, "config.json");
      return config
          + " "
          + rules.stream().map(rule -> rule.target() + "=" + rule.source()).toList();
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
