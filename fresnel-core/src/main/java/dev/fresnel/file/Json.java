package dev.fresnel.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How JSON files from elsewhere are read: within limits, and no key twice. */
public final class Json {
  /** Objects and arrays within each other; files of models need about ten levels. */
  public static final int MAX_DEPTH = 32;

  public static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNameLength(1 << 16)
                          .maxStringLength(1 << 23)
                          .build())
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private Json() {}

  /** A whole file as a tree. */
  public static JsonNode tree(byte[] bytes) throws JsonProcessingException {
    return MAPPER
        .reader()
        .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .readTree(new String(bytes, StandardCharsets.UTF_8));
  }

  /**
   * A whole file that is an object, as a map; null for the JSON value null.
   *
   * @throws IOException if the file is anything else
   */
  public static @Nullable Map<String, Object> object(byte[] bytes) throws IOException {
    return MAPPER
        .readerFor(new TypeReference<Map<String, Object>>() {})
        .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .readValue(bytes);
  }

  /** A value as an error message shows it: at most 60 characters. */
  public static String brief(JsonNode value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
