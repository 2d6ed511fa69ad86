package dev.fresnel.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** A learned vocabulary as a tokenizer.json, as Hugging Face's tokenizers library saves it. */
final class LearnedTokenizer {
  /** The token that begins a text, with id 0: GPT-2's. */
  static final String BOS = "<|endoftext|>";

  private static final JsonMapper MAPPER = new JsonMapper();

  private LearnedTokenizer() {}

  static byte[] json(BytePairs.Vocabulary learned) {
    ObjectNode root = MAPPER.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    root.putArray("added_tokens")
        .addObject()
        .put("id", 0)
        .put("content", BOS)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
    root.putNull("normalizer");
    root.set("pre_tokenizer", byteLevel(false));
    root.putNull("post_processor");
    root.set("decoder", byteLevel(true));
    root.set("model", model(learned));
    try {
      return MAPPER
          .writer(likeTheLibrary())
          .writeValueAsString(root)
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON can be written", e);
    }
  }

  private static ObjectNode byteLevel(boolean prefixSpace) {
    return MAPPER
        .createObjectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", prefixSpace)
        .put("trim_offsets", true)
        .put("use_regex", true);
  }

  private static ObjectNode model(BytePairs.Vocabulary learned) {
    ObjectNode model =
        MAPPER
            .createObjectNode()
            .put("type", "BPE")
            .putNull("dropout")
            .putNull("unk_token")
            .putNull("continuing_subword_prefix")
            .putNull("end_of_word_suffix")
            .put("fuse_unk", false)
            .put("byte_fallback", false)
            .put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < learned.tokens().size(); id++) {
      vocabulary.put(learned.tokens().get(id), id);
    }
    var merges = model.putArray("merges");
    learned.merges().forEach(pair -> pair.forEach(merges.addArray()::add));
    return model;
  }

  /** One value a line, indented by two spaces. */
  private static DefaultPrettyPrinter likeTheLibrary() {
    var separators =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
            .withArrayEmptySeparator("");
    var printer = new DefaultPrettyPrinter(separators);
    var lines = new DefaultIndenter("  ", "\n");
    printer.indentArraysWith(lines);
    printer.indentObjectsWith(lines);
    return printer;
  }
}
