package dev.fresnel.text;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.file.Json;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of a tokenizer.json consist of: for each slot and type, the keys and the kinds of
 * their values. The native code chooses a part's class by the keys that it finds, not always by its
 * type; so a part has exactly the keys of its type.
 */
enum PartSchema {
  NORMALIZER(
      Map.ofEntries(
          entry(
              "BertNormalizer",
              "clean_text:bool handle_chinese_chars:bool strip_accents?:bool lowercase:bool"),
          entry("ByteLevel", ""),
          entry("Lowercase", ""),
          entry("NFC", ""),
          entry("NFD", ""),
          entry("NFKC", ""),
          entry("NFKD", ""),
          entry("Nmt", ""),
          entry("Prepend", "prepend:string"),
          entry("Replace", "pattern:pattern content:string"),
          entry("Sequence", "normalizers:list"),
          entry("Strip", "strip_left:bool strip_right:bool"),
          entry("StripAccents", ""))),
  PRE_TOKENIZER(
      Map.ofEntries(
          entry("BertPreTokenizer", ""),
          entry("ByteLevel", "add_prefix_space:bool trim_offsets:bool use_regex?:bool"),
          entry("CharDelimiterSplit", "delimiter:char"),
          entry("Digits", "individual_digits:bool"),
          entry("Metaspace", Text.METASPACE),
          entry("Punctuation", "behavior?:behavior"),
          entry("Sequence", "pretokenizers:list"),
          entry("Split", "pattern:pattern behavior:behavior invert:bool"),
          entry("UnicodeScripts", ""),
          entry("Whitespace", ""),
          entry("WhitespaceSplit", ""))),
  POST_PROCESSOR(
      Map.ofEntries(
          entry("BertProcessing", "sep:token cls:token"),
          entry("ByteLevel", "add_prefix_space:bool trim_offsets:bool use_regex?:bool"),
          entry("RobertaProcessing", "sep:token cls:token trim_offsets:bool add_prefix_space:bool"),
          entry("Sequence", "processors:list"),
          entry("TemplateProcessing", "single:list pair:list special_tokens:object"))),
  DECODER(
      Map.ofEntries(
          entry("BPEDecoder", "suffix:string"),
          entry("ByteFallback", ""),
          entry("ByteLevel", "add_prefix_space:bool trim_offsets:bool use_regex?:bool"),
          entry("CTC", "pad_token:string word_delimiter_token:string cleanup:bool"),
          entry("Fuse", ""),
          entry("Metaspace", Text.METASPACE),
          entry("Replace", "pattern:pattern content:string"),
          entry("Sequence", "decoders:list"),
          entry("Strip", "content:char start:count stop:count"),
          entry("WordPiece", "prefix:string cleanup:bool")));

  /** A constant that the enum's values use must be in another class. */
  private static final class Text {
    static final String METASPACE =
        "replacement:char add_prefix_space?:bool prepend_scheme?:scheme split?:bool str_rep?:string";
  }

  private static final Set<String> BEHAVIORS =
      Set.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

  /** Characters in a string of a part. */
  private static final int MAX_STRING = 256;

  /** The most characters that a decoder takes off a token. */
  private static final int MAX_COUNT = 1_000;

  private final Map<String, String> types;

  PartSchema(Map<String, String> types) {
    this.types = types;
  }

  /** The part of a tokenizer.json with this key. */
  static PartSchema of(String slot) {
    return valueOf(slot.toUpperCase(Locale.ROOT));
  }

  List<String> typeNames() {
    return types.keySet().stream().sorted().toList();
  }

  boolean has(String type) {
    return types.containsKey(type);
  }

  /** The kind of value by key; a key that ends in a question mark may be absent. */
  Map<String, String> fields(String type) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : types.get(type).split(" ")) {
      if (!field.isEmpty()) {
        fields.put(field.substring(0, field.indexOf(':')), field.substring(field.indexOf(':') + 1));
      }
    }
    return fields;
  }

  /** What is wrong with a part of a type that this has; null if nothing is. */
  @Nullable String problem(String type, JsonNode part) {
    Set<String> left = new HashSet<>();
    part.fieldNames().forEachRemaining(left::add);
    left.remove("type");
    for (var field : fields(type).entrySet()) {
      String key = field.getKey().replace("?", "");
      JsonNode value = part.path(key);
      left.remove(key);
      boolean optional = field.getKey().endsWith("?") && (value.isMissingNode() || value.isNull());
      if (!optional && !fits(field.getValue(), value)) {
        return "has the \"" + key + "\" " + Json.brief(value) + ", expected a " + field.getValue();
      }
    }
    Iterator<String> unknown = left.iterator();
    return unknown.hasNext() ? "has the unknown entry \"" + unknown.next() + "\"" : null;
  }

  private static boolean fits(String kind, JsonNode value) {
    return switch (kind) {
      case "bool" -> value.isBoolean();
      case "char" ->
          value.isTextual() && value.textValue().codePointCount(0, value.textValue().length()) == 1;
      case "string" -> value.isTextual() && value.textValue().length() <= MAX_STRING;
      case "count" -> value.isInt() && value.intValue() >= 0 && value.intValue() <= MAX_COUNT;
      case "behavior" -> value.isTextual() && BEHAVIORS.contains(value.textValue());
      case "scheme" -> Set.of("first", "never", "always").contains(value.asText());
      case "token" ->
          value.isArray()
              && value.size() == 2
              && fits("string", value.get(0))
              && isId(value.get(1));
      case "list" -> value.isArray();
      case "object" -> value.isObject();
      default -> value.isObject() && value.size() == 1;
    };
  }

  /** Whether this is a token id, as the native code keeps it. */
  static boolean isId(JsonNode value) {
    return value.isInt() && value.intValue() >= 0;
  }
}
