package dev.fresnel.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.file.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A tokenizer.json that is well formed and otherwise arbitrary: any parts with any arguments of the
 * right kind, patterns of random pieces, added tokens that overlap, and vocabularies that lack
 * much.
 */
final class RandomTokenizer {
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "  ",
          "a",
          "b",
          "ab",
          "A",
          "\u2581",
          "\u2581a",
          "##",
          "</w>",
          "é",
          "e\u0301",
          "中",
          "\uD83D\uDE42",
          "\n",
          "\t",
          "'s",
          "1",
          "12",
          ".",
          "\u00A0",
          "\u0130",
          "\uFDFA",
          "<s>",
          "</s>",
          "<unk>",
          "<0x41>",
          "<0xC3>",
          "Ġ",
          "Ġa",
          "\u0000",
          "\u200B",
          "\uFFFD",
          "İstanbul",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  private static final List<String> PIECES =
      List.of(
          "a",
          "b",
          ".",
          "\\s",
          "\\S",
          "\\d",
          "\\p{L}",
          "\\p{N}",
          "[^\\s\\p{L}]",
          "[ab]",
          " ",
          "(?:a|b)",
          "(?:ab)",
          "(?:a?b)",
          "(?=a)",
          "(?!\\S)",
          "(?<=a)",
          "(?i:'s|'t)",
          "\\b",
          "^",
          "$",
          "\\r\\n",
          "[^\\r\\n]",
          "(a)",
          "|");
  private static final List<String> COUNTS =
      List.of("", "", "", "", "?", "*", "+", "+?", "*+", "{2}", "{1,3}", "{0,9}", "{2,}");
  private static final List<String> BEHAVIORS =
      List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

  private final Random random;
  private final ObjectNode root = Json.MAPPER.createObjectNode();

  private RandomTokenizer(long seed) {
    random = new Random(seed);
  }

  static String json(long seed) {
    return new RandomTokenizer(seed).made();
  }

  private String made() {
    root.put("version", "1.0");
    added(root.putArray("added_tokens"));
    for (String slot : List.of("normalizer", "pre_tokenizer", "post_processor", "decoder")) {
      if (random.nextInt(4) > 0) {
        root.set(slot, part(PartSchema.of(slot), 2));
      }
    }
    model(root.putObject("model"));
    return root.toString();
  }

  private void added(ArrayNode added) {
    for (int i = random.nextInt(6); i > 0; i--) {
      ObjectNode token = added.addObject().put("id", random.nextInt(40)).put("content", text());
      for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
        token.put(flag, random.nextBoolean());
      }
    }
  }

  private ObjectNode part(PartSchema schema, int depth) {
    List<String> types = schema.typeNames();
    String type = types.get(random.nextInt(types.size()));
    if (type.equals("Sequence") && depth == 0) {
      return part(schema, depth);
    }
    ObjectNode part = Json.MAPPER.createObjectNode().put("type", type);
    schema
        .fields(type)
        .forEach(
            (key, kind) -> {
              if (!key.endsWith("?") || random.nextBoolean()) {
                set(schema, part, key.replace("?", ""), kind, depth);
              }
            });
    return part;
  }

  private void set(PartSchema schema, ObjectNode part, String key, String kind, int depth) {
    switch (kind) {
      case "bool" -> part.put(key, random.nextBoolean());
      case "char" -> part.put(key, List.of("▁", " ", "a", "é", "🙂").get(random.nextInt(5)));
      case "string" -> part.put(key, text());
      case "count" -> part.put(key, random.nextInt(4) * random.nextInt(2));
      case "behavior" -> part.put(key, BEHAVIORS.get(random.nextInt(BEHAVIORS.size())));
      case "scheme" -> part.put(key, List.of("first", "never", "always").get(random.nextInt(3)));
      case "token" -> part.putArray(key).add(text()).add(random.nextInt(300));
      case "pattern" -> pattern(part.putObject(key));
      case "list" -> {
        ArrayNode list = part.putArray(key);
        if (key.equals("single") || key.equals("pair")) {
          template(list, key.equals("pair"));
        } else {
          for (int i = random.nextInt(4); i > 0; i--) {
            list.add(part(schema, depth - 1));
          }
        }
      }
      default -> {
        ObjectNode token = part.putObject(key).putObject("<s>").put("id", "<s>");
        token.putArray("ids").add(random.nextInt(3));
        token.putArray("tokens").add("<s>");
      }
    }
  }

  private void template(ArrayNode list, boolean pair) {
    for (int i = random.nextInt(4); i > 0; i--) {
      ObjectNode body = Json.MAPPER.createObjectNode();
      if (random.nextBoolean()) {
        body.put("id", pair && random.nextBoolean() ? "B" : "A").put("type_id", random.nextInt(2));
        list.addObject().set("Sequence", body);
      } else {
        list.addObject().set("SpecialToken", body.put("id", "<s>").put("type_id", 0));
      }
    }
  }

  private void pattern(ObjectNode pattern) {
    if (random.nextInt(3) == 0) {
      pattern.put("String", text());
      return;
    }
    var regex = new StringBuilder();
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      String piece = PIECES.get(random.nextInt(PIECES.size()));
      regex.append(piece);
      regex.append(piece.equals("|") ? "" : COUNTS.get(random.nextInt(COUNTS.size())));
    }
    List<String> known = KnownPatterns.all().stream().sorted().toList();
    pattern.put(
        "Regex",
        random.nextInt(4) == 0 ? known.get(random.nextInt(known.size())) : regex.toString());
  }

  private void model(ObjectNode model) {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    int gaps = 1 + random.nextInt(2);
    for (int i = random.nextInt(40); i > 0; i--) {
      vocabulary.putIfAbsent(text(), vocabulary.size() * gaps);
    }
    switch (random.nextInt(4)) {
      case 0 -> bpe(model, vocabulary);
      case 1 -> {
        model.put("type", "Unigram").put("byte_fallback", random.nextBoolean());
        ArrayNode tokens = model.putArray("vocab");
        vocabulary.keySet().forEach(t -> tokens.addArray().add(t).add(-random.nextInt(20)));
        if (random.nextInt(4) > 0) {
          model.put("unk_id", random.nextInt(Math.max(1, vocabulary.size())));
        }
      }
      case 2 -> {
        model.put("type", "WordPiece").put("unk_token", text());
        model.put("continuing_subword_prefix", random.nextBoolean() ? "##" : text());
        model.put("max_input_chars_per_word", random.nextInt(257));
        vocabulary(model, vocabulary);
      }
      default -> {
        model.put("type", "WordLevel").put("unk_token", text());
        vocabulary(model, vocabulary);
      }
    }
  }

  private void bpe(ObjectNode model, Map<String, Integer> vocabulary) {
    model.put("type", "BPE");
    if (random.nextBoolean()) {
      for (int value = 0; value < 256; value++) {
        vocabulary.putIfAbsent(String.valueOf(ByteLevel.character(value)), vocabulary.size());
      }
    }
    for (String flag : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
      model.put(flag, random.nextBoolean());
    }
    for (String text : List.of("unk_token", "end_of_word_suffix")) {
      if (random.nextInt(3) == 0) {
        model.put(text, text());
      }
    }
    ArrayNode merges = model.putArray("merges");
    List<String> tokens = List.copyOf(vocabulary.keySet());
    for (int i = tokens.isEmpty() ? 0 : random.nextInt(10); i > 0; i--) {
      String left = tokens.get(random.nextInt(tokens.size()));
      String right = tokens.get(random.nextInt(tokens.size()));
      vocabulary.putIfAbsent(left + right, vocabulary.size());
      merges.addArray().add(left).add(right);
    }
    vocabulary(model, vocabulary);
  }

  private static void vocabulary(ObjectNode model, Map<String, Integer> vocabulary) {
    ObjectNode node = model.putObject("vocab");
    vocabulary.forEach(node::put);
  }

  private String text() {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }
}
