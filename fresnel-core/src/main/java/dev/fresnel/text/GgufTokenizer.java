package dev.fresnel.text;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Converts a GGUF file's vocabulary to a tokenizer.json. */
final class GgufTokenizer {
  /** The most tokens and the most merges. The largest known vocabulary has 515,000 merges. */
  private static final int MAX_ENTRIES = 600_000;

  // token types, as GGUF numbers them
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  /** What llama.cpp calls sentencepiece's, BPE, and the BPE of two models. */
  private static final List<String> KINDS = List.of("gpt2", "llama", "gemma4", "whitespace");

  private GgufTokenizer() {}

  static Optional<UnusableTokenizer> problem(GgufVocabulary vocabulary) {
    return Optional.ofNullable(found(vocabulary)).map(UnusableTokenizer::gguf);
  }

  /**
   * @throws FresnelException if {@link #problem} finds a problem
   */
  static String json(GgufVocabulary vocabulary) {
    problem(vocabulary)
        .ifPresent(
            problem -> {
              throw problem;
            });
    ObjectNode root = Json.MAPPER.createObjectNode().put("version", "1.0");
    root.set("added_tokens", added(vocabulary));
    if ("llama".equals(vocabulary.kind())) {
      sentencepiece(vocabulary, root);
    } else if (pre(vocabulary).mergesCharacters()) {
      characters(vocabulary, root);
    } else {
      byteLevel(vocabulary, root);
    }
    return root.toString();
  }

  private static @Nullable String found(GgufVocabulary v) {
    int size = v.tokens().size();
    if (v.kind() == null || size == 0) {
      return "the file has none (no tokenizer.ggml.model, or no tokenizer.ggml.tokens)";
    }
    if (size > MAX_ENTRIES || v.merges().size() > MAX_ENTRIES) {
      return "it has %d tokens and %d merges; expected at most %d of each"
          .formatted(size, v.merges().size(), MAX_ENTRIES);
    }
    if (!KINDS.contains(v.kind())) {
      return "its kind is \"%s\"; known are %s".formatted(v.kind(), String.join(", ", KINDS));
    }
    if (!v.tokenTypes().isEmpty() && v.tokenTypes().size() != size) {
      return "there are %d tokens and %d token types".formatted(size, v.tokenTypes().size());
    }
    if (v.kind().equals("llama")) {
      return v.merges().isEmpty() && v.scores().size() != size
          ? "there are %d tokens and %d scores".formatted(size, v.scores().size())
          : null;
    }
    if (v.merges().isEmpty()) {
      return "it is a %s tokenizer without merges".formatted(v.kind());
    }
    if (v.kind().equals("whitespace") && !"whitespace".equals(v.preTokenizer())) {
      return "its kind is whitespace, with the pre-tokenizer \"%s\"; expected whitespace"
          .formatted(v.preTokenizer());
    }
    if (!v.kind().equals("gemma4") && !PreTokenizer.isKnown(v.preTokenizer())) {
      return "its pre-tokenizer is \"%s\"; known are %s"
          .formatted(v.preTokenizer(), String.join(", ", new TreeSet<>(PreTokenizer.names())));
    }
    return null;
  }

  private static ArrayNode added(GgufVocabulary v) {
    ArrayNode added = Json.MAPPER.createArrayNode();
    for (int id = 0; id < v.tokens().size(); id++) {
      int type = type(v, id);
      if (type == CONTROL || type == USER_DEFINED || type == UNKNOWN) {
        added.add(ByteLevel.addedToken(id, v.tokens().get(id), type != USER_DEFINED));
      }
    }
    return added;
  }

  static int type(GgufVocabulary v, int id) {
    return v.tokenTypes().isEmpty() ? NORMAL : v.tokenTypes().get(id);
  }

  private static void byteLevel(GgufVocabulary v, ObjectNode root) {
    pre(v).write(root);
    root.set("decoder", ByteLevel.decoder());
    ObjectNode model = model(v, root);
    model.put("ignore_merges", pre(v).wholeWordsFirst());
    model.putRawValue("merges", writtenMerges(v));
  }

  /** A file of the kind gemma4 need not say how it is cut. */
  private static PreTokenizer pre(GgufVocabulary v) {
    return PreTokenizer.named("gemma4".equals(v.kind()) ? "gemma4" : v.preTokenizer());
  }

  /** A character that is no token is the tokens of its bytes, as in llama.cpp. */
  private static void characters(GgufVocabulary v, ObjectNode root) {
    pre(v).write(root);
    if ("whitespace".equals(v.kind()) && Boolean.TRUE.equals(v.flags().lowercase())) {
      root.putObject("normalizer").put("type", "Lowercase");
    }
    ObjectNode decoder = root.putObject("decoder").put("type", "Sequence");
    ArrayNode decoders = decoder.putArray("decoders");
    PreTokenizer.replace(decoders.addObject(), "▁", " ");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    ObjectNode model = model(v, root);
    model.put("byte_fallback", true);
    model.putRawValue("merges", writtenMerges(v));
  }

  private static void sentencepiece(GgufVocabulary v, ObjectNode root) {
    boolean spaceFirst = !Boolean.FALSE.equals(v.flags().addSpacePrefix());
    ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
    ArrayNode normalizers = normalizer.putArray("normalizers");
    if (spaceFirst) {
      normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
    }
    PreTokenizer.replace(normalizers.addObject(), " ", "▁");
    ObjectNode decoder = root.putObject("decoder").put("type", "Sequence");
    ArrayNode decoders = decoder.putArray("decoders");
    PreTokenizer.replace(decoders.addObject(), "▁", " ");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    if (spaceFirst) {
      decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
    ObjectNode model = model(v, root);
    model.put("fuse_unk", true).put("byte_fallback", true);
    Integer unk = v.ids().unk();
    if (unk != null && unk >= 0 && unk < v.tokens().size()) {
      model.put("unk_token", v.tokens().get(unk));
    }
    model.putRawValue(
        "merges", v.merges().isEmpty() ? pairs(ScoredMerges.of(v).stream()) : writtenMerges(v));
  }

  private static ObjectNode model(GgufVocabulary v, ObjectNode root) {
    ObjectNode model = root.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < v.tokens().size(); id++) {
      if (!vocabulary.has(v.tokens().get(id))) {
        vocabulary.put(v.tokens().get(id), id);
      }
    }
    return model;
  }

  /** The merges in the older spelling, which takes half the memory, if it can express them. */
  private static RawValue writtenMerges(GgufVocabulary v) {
    Set<String> known = new HashSet<>(v.tokens());
    v.merges().forEach(merge -> requireKnown(merge, known));
    boolean plain = v.merges().stream().allMatch(GgufTokenizer::isPlain);
    return plain
        ? text(v.merges().stream().map(GgufTokenizer::quoted))
        : pairs(v.merges().stream().map(GgufTokenizer::pair));
  }

  /** The native code would report this too, but only with the first text. */
  private static void requireKnown(String merge, Set<String> known) {
    List<String> pair = pair(merge);
    String whole = pair.get(0) + pair.get(1);
    if (!known.contains(whole) || !known.containsAll(pair)) {
      throw bad(merge, "uses tokens that the vocabulary lacks");
    }
  }

  private static boolean isPlain(String merge) {
    int space = merge.indexOf(' ');
    return space > 0
        && space < merge.length() - 1
        && space == merge.lastIndexOf(' ')
        && !merge.startsWith("#version");
  }

  private static RawValue pairs(Stream<List<String>> pairs) {
    return text(pairs.map(pair -> "[" + quoted(pair.get(0)) + "," + quoted(pair.get(1)) + "]"));
  }

  /**
   * Writes merges directly as text, since a JSON tree of half a million merges takes hundreds of
   * megabytes.
   */
  private static RawValue text(Stream<String> merges) {
    return new RawValue(merges.collect(Collectors.joining(",", "[", "]")));
  }

  private static String quoted(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
  }

  private static List<String> pair(String merge) {
    int space = merge.indexOf(' ', 1);
    if (space < 0 || space == merge.length() - 1) {
      throw bad(merge, "is not two tokens with a space between");
    }
    return List.of(merge.substring(0, space), merge.substring(space + 1));
  }

  private static FresnelException bad(String merge, String problem) {
    return UnusableTokenizer.gguf(
        "the merge \"%s\" %s"
            .formatted(merge.length() > 60 ? merge.substring(0, 57) + "..." : merge, problem));
  }
}
