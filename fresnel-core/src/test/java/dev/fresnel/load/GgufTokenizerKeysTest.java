package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.fresnel.load.internal.format.gguf.GgufBytes;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each key {@code tokenizer.ggml.…} set to another value or left out, as {@code
 * parity/llama_cpp.py} did it in llama.cpp: what changes the ids there changes them here alike, is
 * refused, or is said in a line.
 */
class GgufTokenizerKeysTest {
  private static final JsonNode GOLDEN = Golden.json(Golden.root().resolve("keys/llama_cpp.json"));

  private static final int BOOL = 7;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;

  @TempDir private Path folder;

  private final List<String> remarks = new ArrayList<>();

  private static void put(GgufBytes bytes, String key, JsonNode value) {
    if (value.isTextual()) {
      bytes.key(key, GgufBytes.STRING).string(value.textValue());
    } else if (value.isBoolean()) {
      bytes.key(key, BOOL).raw((byte) (value.booleanValue() ? 1 : 0));
    } else if (value.isInt()) {
      bytes.key(key, UINT32).u32(value.intValue());
    } else {
      bytes.key(key, GgufBytes.ARRAY);
      JsonNode first = value.get(0);
      bytes.u32(first.isTextual() ? GgufBytes.STRING : first.isInt() ? INT32 : FLOAT32);
      bytes.u64(value.size());
      for (JsonNode each : value) {
        if (each.isTextual()) {
          bytes.string(each.textValue());
        } else {
          bytes.u32(each.isInt() ? each.intValue() : Float.floatToRawIntBits(each.floatValue()));
        }
      }
    }
  }

  /** A file without weights, with the golden's tokenizer and one key of another value. */
  private Path file(String kind, String changed, JsonNode value) throws IOException {
    var keys = new ArrayList<Map.Entry<String, JsonNode>>();
    GOLDEN.path(kind).fields().forEachRemaining(keys::add);
    keys.removeIf(key -> key.getKey().equals(changed));
    if (!value.isNull()) {
      keys.add(Map.entry(changed, value));
    }
    var bytes = GgufBytes.head(3, 0, keys.size());
    keys.forEach(key -> put(bytes, "tokenizer.ggml." + key.getKey(), key.getValue()));
    return Files.write(folder.resolve("model.gguf"), bytes.toBytes());
  }

  private Optional<Tokenizer> tokenizer(Path file) {
    remarks.clear();
    try (var files = GgufModel.open(file)) {
      var options = LoadOptions.DEFAULT.reporting(new Remarks(remarks));
      return Optional.ofNullable(files.tokenizer().open(options).tokenizer());
    }
  }

  private record Remarks(List<String> said) implements Progress {
    @Override
    public void at(String what, long done, long total) {}

    @Override
    public void remark(String sentence) {
      said.add(sentence);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void whatChangesLlamaCppsIdsChangesTheseOrIsSaid(String kind) throws IOException {
    var faults = new ArrayList<String>();
    int rows = 0;
    for (JsonNode row : GOLDEN.path("keys")) {
      if (row.path("kind").asText().equals(kind) && !row.path("key").isNull()) {
        rows++;
        String key = row.path("key").textValue();
        String fault = fault(kind, key, row.path("value"), row.path("outcome"));
        if (fault != null) {
          faults.add(key + " = " + row.path("value") + ": " + fault);
        }
      }
    }
    assertThat(rows).isGreaterThan(30);
    assertThat(faults).isEmpty();
  }

  private String fault(String kind, String key, JsonNode value, JsonNode outcome)
      throws IOException {
    var made = tokenizer(file(kind, key, value));
    if (made.isEmpty()) {
      return outcome.isTextual() && outcome.asText().equals("same") ? "refused needlessly" : null;
    }
    try (var tokenizer = made.orElseThrow()) {
      boolean said = remarks.stream().anyMatch(line -> line.contains("tokenizer.ggml." + key));
      if (said) {
        return null;
      }
      JsonNode usual = usual(kind);
      List<String> texts = new ArrayList<>();
      GOLDEN.path("texts").forEach(text -> texts.add(text.textValue()));
      for (int i = 0; i < texts.size(); i++) {
        JsonNode changed = outcome.path("ids").path(texts.get(i));
        JsonNode expected = changed.isArray() ? changed : usual.path("ids").get(i);
        int[] ids = tokenizer.encode(texts.get(i));
        if (!IntStream.of(ids).boxed().toList().equals(list(expected))) {
          return "\""
              + texts.get(i)
              + "\" has "
              + list(expected)
              + " there, "
              + IntStream.of(ids).boxed().toList()
              + " here";
        }
      }
      JsonNode special = outcome.has("special") ? outcome.path("special") : usual.path("special");
      boolean bos = special.size() > usual(kind).path("ids").get(0).size();
      if (bos && special.get(0).intValue() != tokenizer.bosId().orElse(-1)) {
        return "BOS is " + tokenizer.bosId();
      }
      return null;
    }
  }

  private static JsonNode usual(String kind) {
    for (JsonNode row : GOLDEN.path("keys")) {
      if (row.path("kind").asText().equals(kind) && row.path("key").isNull()) {
        return row.path("outcome");
      }
    }
    throw new AssertionError("no row of " + kind);
  }

  private static List<Integer> list(JsonNode ids) {
    var list = new ArrayList<Integer>();
    ids.forEach(id -> list.add(id.intValue()));
    return list;
  }

  @Test
  void withoutNamesLlamasOwnSpecialTokensAreMeant() throws IOException {
    JsonNode none = NullNode.instance;
    try (var tokenizer = tokenizer(file("llama", "bos_token_id", none)).orElseThrow()) {
      assertThat(tokenizer.bosId()).hasValue(1);
      assertThat(tokenizer.eosId()).hasValue(2);
    }
  }

  @Test
  void aFileThatDoesNotNameItsPreTokenizerIsToldSo() throws IOException {
    JsonNode none = NullNode.instance;
    tokenizer(file("gpt2", "pre", none)).orElseThrow().close();
    assertThat(remarks).singleElement().asString().contains("tokenizer.ggml.pre", "GPT-2's way");
    tokenizer(file("llama", "pre", none)).orElseThrow().close();
    assertThat(remarks).isEmpty();
  }
}
