package dev.fresnel.text;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** Files that ended the process, or took minutes, before the checks knew of them. */
final class HostileTokenizers {
  private static final String TEMPLATE =
      "{\"type\":\"TemplateProcessing\",\"single\":[%s],\"pair\":[],\"special_tokens\":{}}";
  private static final String TEXT = "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}";

  private HostileTokenizers() {}

  static Stream<String> all() {
    return Stream.of(
        split(".?".repeat(30) + "[^\\\\s\\\\S]"),
        split("(?:(?:(?:(?:.{0,9}){0,9}){0,9}){0,9}){0,9}[^\\\\s\\\\S]"),
        split(".*.*[^\\\\s\\\\S]"),
        with(
            "normalizer",
            "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(?:.|.)+[^\\\\s\\\\S]\"},\"content\":\"\"}"),
        templates(TEXT + "," + TEXT + "," + TEXT, TEXT),
        templates("", TEXT),
        with("normalizer", "{\"type\":\"BertNormalizer\",\"precompiled_charsmap\":\"AAAA\"}"),
        with("decoder", "{\"type\":\"BPEDecoder\",\"suffix\":\"\\ud800\"}"));
  }

  private static String split(String regex) {
    return with(
        "pre_tokenizer",
        "{\"type\":\"Split\",\"pattern\":{\"Regex\":\""
            + regex
            + "\"},\"behavior\":\"Isolated\",\"invert\":false}");
  }

  private static String templates(String first, String second) {
    return with(
        "post_processor",
        "{\"type\":\"Sequence\",\"processors\":["
            + TEMPLATE.formatted(first)
            + ","
            + TEMPLATE.formatted(second)
            + "]}");
  }

  /** GPT-2's tokenizer with another part. */
  private static String with(String slot, String part) {
    String gpt2 = new String(Golden.bytes("gpt2", "tokenizer.json"), StandardCharsets.UTF_8);
    String other = gpt2.replace("\"" + slot + "\":", "\"" + slot + " before\":").strip();
    return other.substring(0, other.length() - 1) + ",\"" + slot + "\":" + part + "}";
  }
}
