package dev.fresnel.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a run began with. It resumes with the same recipe, text and tokenizer only.
 *
 * @param recipe as JSON
 * @param text the text's SHA-256
 * @param tokenizer that of the tokenizer.json
 */
record Identity(String recipe, String text, String tokenizer) {
  /**
   * What a checkpoint's sequences mean: in version 2 the model reads {@code length} tokens and
   * predicts as many. Before, checkpoints had no version, and the last position predicted nothing.
   */
  private static final String VERSION = "2";

  static Identity of(Recipe recipe, byte[] text, byte[] tokenizer) {
    return new Identity(json(recipe), hash(text), hash(tokenizer));
  }

  private static String json(Recipe recipe) {
    try {
      return TrainingJson.writer().writeValueAsString(recipe);
    } catch (JsonProcessingException e) {
      throw new FresnelException("the recipe cannot be written down: " + TrainingJson.reason(e), e);
    }
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** For a checkpoint's notes. */
  Map<String, String> notes() {
    return Map.of("version", VERSION, "recipe", recipe, "text", text, "tokenizer", tokenizer);
  }

  /**
   * Compares with a checkpoint's notes.
   *
   * @throws FresnelException if the checkpoint's run began with something else; it names what
   */
  void requireSame(Map<String, String> notes, Path folder) {
    if (!VERSION.equals(notes.get("version"))) {
      String said = notes.get("version");
      throw new FresnelException(
          "%s holds a run whose training.safetensors says version %s, expected %s: another version of Fresnel wrote it, and trains otherwise; go on with that one, or train anew in another folder"
              .formatted(
                  folder, said == null ? "nothing" : "\"" + said + "\"", "\"" + VERSION + "\""));
    }
    var differences = new ArrayList<String>();
    differences.addAll(differences(notes.getOrDefault("recipe", "{}"), folder));
    if (!text.equals(notes.get("text"))) {
      differences.add("the text is another one");
    }
    if (!tokenizer.equals(notes.get("tokenizer"))) {
      differences.add("the tokenizer is another one");
    }
    if (!differences.isEmpty()) {
      throw new FresnelException(
          folder
              + " holds a run that began with something else:\n  "
              + String.join("\n  ", differences)
              + "\nTo go on, give what it began with; to train anew, give another folder");
    }
  }

  /** One line for each key of the recipe that differs. */
  private List<String> differences(String began, Path folder) {
    var before = leaves(began, folder);
    var now = leaves(recipe, folder);
    var keys = new TreeSet<>(before.keySet());
    keys.addAll(now.keySet());
    return keys.stream()
        .filter(key -> !before.getOrDefault(key, "").equals(now.getOrDefault(key, "")))
        .map(
            key ->
                key
                    + ": it began with "
                    + before.getOrDefault(key, "none")
                    + ", the recipe has "
                    + now.getOrDefault(key, "none"))
        .toList();
  }

  private static Map<String, String> leaves(String json, Path folder) {
    try {
      var leaves = new TreeMap<String, String>();
      putLeaves("", TrainingJson.tree(json), leaves);
      return leaves;
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          folder
              + "/training.safetensors holds no recipe that can be read: "
              + TrainingJson.reason(e)
              + "; it is damaged, so train anew in another folder",
          e);
    }
  }

  private static void putLeaves(String at, JsonNode node, Map<String, String> leaves) {
    if (node.isObject()) {
      node.fields()
          .forEachRemaining(
              field ->
                  putLeaves(
                      at.isEmpty() ? field.getKey() : at + "." + field.getKey(),
                      field.getValue(),
                      leaves));
    } else {
      leaves.put(at, node.toString());
    }
  }
}
