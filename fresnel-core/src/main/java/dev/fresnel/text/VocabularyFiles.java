package dev.fresnel.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A byte-level BPE tokenizer in {@code vocab.json} and {@code merges.txt}, as GPT-2's and Qwen 2's
 * Python tokenizers save it: converted to a tokenizer.json as transformers does it.
 *
 * @param vocabulary {@code vocab.json}: ids by token
 * @param merges {@code merges.txt}: a pair of tokens a line, best first
 * @param config {@code tokenizer_config.json}, or null
 * @param specialTokens {@code special_tokens_map.json}, or null
 * @param added {@code added_tokens.json}: ids by token; or null
 */
public record VocabularyFiles(
    byte[] vocabulary,
    byte[] merges,
    byte @Nullable [] config,
    byte @Nullable [] specialTokens,
    byte @Nullable [] added) {
  /** What makes a tokenizer.json of another kind of tokenizer. */
  public static final String HOW_TO_CONVERT =
      "In Python, transformers writes a tokenizer.json, which is read:"
          + " AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)";

  private static final Set<String> LIKE_GPT2 =
      Set.of("GPT2Tokenizer", "GPT2TokenizerFast", "CodeGenTokenizer", "CodeGenTokenizerFast");
  private static final Set<String> LIKE_QWEN2 = Set.of("Qwen2Tokenizer", "Qwen2TokenizerFast");

  /** The order in which transformers adds special tokens that the vocabulary lacks. */
  private static final List<String> SPECIAL =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private static final String END = "<|endoftext|>";

  /** The special tokens that transformers' classes give where no file says otherwise. */
  private static final Map<String, String> DEFAULTS_GPT2 =
      Map.of("bos_token", END, "eos_token", END, "unk_token", END);

  private static final Map<String, String> DEFAULTS_QWEN2 =
      Map.of("eos_token", END, "pad_token", END, "unk_token", END);

  /**
   * The same tokenizer as a tokenizer.json.
   *
   * @throws FresnelException if a file is damaged, or of a tokenizer of another kind
   */
  public String json() {
    JsonNode settings = object("tokenizer_config.json", config);
    String kind = settings.path("tokenizer_class").asText("GPT2Tokenizer");
    boolean qwen = LIKE_QWEN2.contains(kind);
    if (!qwen && !LIKE_GPT2.contains(kind)) {
      throw new FresnelException(
          "vocab.json and merges.txt are of a %s; known are GPT2Tokenizer, CodeGenTokenizer and Qwen2Tokenizer. %s"
              .formatted(Json.brief(settings.path("tokenizer_class")), HOW_TO_CONVERT));
    }
    ObjectNode root = Json.MAPPER.createObjectNode().put("version", "1.0");
    Map<String, Integer> ids = ids("vocab.json", vocabulary);
    Special special = special(settings, qwen ? DEFAULTS_QWEN2 : DEFAULTS_GPT2);
    Map<String, Integer> all = addedTokens(root.putArray("added_tokens"), ids, settings, special);
    (qwen ? PreTokenizer.QWEN2 : PreTokenizer.GPT2).write(root);
    boolean spaceFirst = settings.path("add_prefix_space").asBoolean(false);
    JsonNode parts = root.at("/pre_tokenizer/pretokenizers");
    ((ObjectNode) parts.get(parts.size() - 1)).put("add_prefix_space", spaceFirst);
    String bos = special.byRole.get("bos_token");
    if (!qwen && settings.path("add_bos_token").asBoolean(false) && bos != null) {
      root.set("post_processor", first(bos, all.get(bos)));
    }
    root.set("decoder", ByteLevel.decoder());
    ObjectNode model = root.putObject("model").put("type", "BPE");
    ObjectNode vocab = model.putObject("vocab");
    ids.forEach(vocab::put);
    model.set("merges", merges(ids));
    return root.toString();
  }

  private record Special(Map<String, String> byRole, List<String> more) {
    List<String> all() {
      var all = new ArrayList<>(byRole.values());
      all.addAll(more);
      return all;
    }
  }

  private Special special(JsonNode settings, Map<String, String> defaults) {
    JsonNode map = object("special_tokens_map.json", specialTokens);
    boolean configWins = settings.has("added_tokens_decoder");
    JsonNode first = configWins ? settings : map;
    JsonNode second = configWins ? map : settings;
    var byRole = new LinkedHashMap<String, String>();
    for (String role : SPECIAL) {
      JsonNode value = first.has(role) ? first.get(role) : second.path(role);
      String token = value.isMissingNode() ? defaults.get(role) : content(value);
      if (token != null) {
        byRole.put(role, token);
      }
    }
    var more = new ArrayList<String>();
    JsonNode list =
        first.has("additional_special_tokens")
            ? first.get("additional_special_tokens")
            : second.path("additional_special_tokens");
    list.forEach(
        value -> {
          String token = content(value);
          if (token != null) {
            more.add(token);
          }
        });
    return new Special(byRole, more);
  }

  private static @Nullable String content(JsonNode token) {
    JsonNode text = token.isObject() ? token.path("content") : token;
    return text.isTextual() && !text.textValue().isEmpty() ? text.textValue() : null;
  }

  /**
   * Writes the added tokens: those of tokenizer_config.json or else of added_tokens.json, then the
   * special tokens. One that the vocabulary has keeps its id.
   *
   * @return ids by token, the vocabulary's included
   */
  private Map<String, Integer> addedTokens(
      ArrayNode to, Map<String, Integer> ids, JsonNode settings, Special special) {
    var all = new LinkedHashMap<>(ids);
    int[] next = {ids.size()};
    var written = new LinkedHashMap<String, JsonNode>();
    settings
        .path("added_tokens_decoder")
        .forEach(
            token -> {
              String content = content(token);
              if (content != null) {
                written.put(content, token);
              }
            });
    if (written.isEmpty() && added != null) {
      ids("added_tokens.json", added).entrySet().stream()
          .sorted(Map.Entry.comparingByValue())
          .forEach(token -> written.put(token.getKey(), Json.MAPPER.createObjectNode()));
    }
    special.all().forEach(token -> written.putIfAbsent(token, Json.MAPPER.createObjectNode()));
    written.forEach(
        (content, about) -> {
          Integer known = all.get(content);
          int id = known == null ? next[0]++ : known;
          all.put(content, id);
          boolean isSpecial =
              about.path("special").asBoolean(false) || special.all().contains(content);
          ObjectNode token = ByteLevel.addedToken(id, content, isSpecial);
          for (String flag : List.of("lstrip", "rstrip", "single_word", "normalized")) {
            if (about.path(flag).isBoolean()) {
              token.put(flag, about.path(flag).booleanValue());
            }
          }
          to.add(token);
        });
    return all;
  }

  private static ObjectNode first(String bos, @Nullable Integer id) {
    ObjectNode template = Json.MAPPER.createObjectNode().put("type", "TemplateProcessing");
    for (String texts : List.of("single", "pair")) {
      ArrayNode pieces = template.putArray(texts);
      for (String text : texts.equals("single") ? List.of("A") : List.of("A", "B")) {
        int type = text.equals("A") ? 0 : 1;
        pieces.addObject().putObject("SpecialToken").put("id", bos).put("type_id", type);
        pieces.addObject().putObject("Sequence").put("id", text).put("type_id", type);
      }
    }
    ObjectNode token = template.putObject("special_tokens").putObject(bos).put("id", bos);
    token.putArray("ids").add(id);
    token.putArray("tokens").add(bos);
    return template;
  }

  private ArrayNode merges(Map<String, Integer> ids) {
    ArrayNode pairs = Json.MAPPER.createArrayNode();
    int line = 0;
    for (String text : new String(merges, StandardCharsets.UTF_8).split("\n", -1)) {
      line++;
      String merge = text.strip();
      if (merge.isEmpty() || line == 1 && merge.startsWith("#version")) {
        continue;
      }
      String[] pair = merge.split(" +");
      if (pair.length != 2) {
        throw bad(line, merge, "is not two tokens with a space between");
      }
      if (!ids.containsKey(pair[0])
          || !ids.containsKey(pair[1])
          || !ids.containsKey(pair[0] + pair[1])) {
        throw bad(line, merge, "uses tokens that vocab.json lacks");
      }
      pairs.addArray().add(pair[0]).add(pair[1]);
    }
    return pairs;
  }

  private static FresnelException bad(int line, String merge, String problem) {
    return new FresnelException(
        "merges.txt, line %d: %s %s; vocab.json and merges.txt do not belong together, or one is damaged: fetch both again"
            .formatted(line, Json.brief(Json.MAPPER.getNodeFactory().textNode(merge)), problem));
  }

  private static Map<String, Integer> ids(String file, byte[] bytes) {
    var ids = new LinkedHashMap<String, Integer>();
    object(file, bytes)
        .properties()
        .forEach(
            token -> {
              if (!token.getValue().isInt() || token.getValue().intValue() < 0) {
                throw new FresnelException(
                    "%s: the id of %s must be a whole number from 0, is %s; fetch the file again"
                        .formatted(
                            file,
                            Json.brief(Json.MAPPER.getNodeFactory().textNode(token.getKey())),
                            Json.brief(token.getValue())));
              }
              ids.put(token.getKey(), token.getValue().intValue());
            });
    return ids;
  }

  private static JsonNode object(String file, byte @Nullable [] bytes) {
    if (bytes == null) {
      return Json.MAPPER.createObjectNode();
    }
    try {
      JsonNode node = Json.tree(bytes);
      if (!node.isObject()) {
        throw new FresnelException(file + " is not a JSON object. Download the file again.");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          file + " is not valid JSON: " + Json.problem(e) + ". Download the file again.");
    }
  }

  @Override
  public String toString() {
    return "VocabularyFiles[vocabulary of %d bytes, merges of %d bytes]"
        .formatted(vocabulary.length, merges.length);
  }
}
