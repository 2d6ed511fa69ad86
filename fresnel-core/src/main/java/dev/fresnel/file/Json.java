package dev.fresnel.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads untrusted JSON: with limits on depth and length, and without repeated keys. */
public final class Json {
  /** The deepest nesting of objects and arrays; files of models need about ten levels. */
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

  /** Parses a whole file; anything after the first value is an error. */
  public static JsonNode tree(byte[] bytes) throws JsonProcessingException {
    return MAPPER
        .reader()
        .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .readTree(new String(bytes, StandardCharsets.UTF_8));
  }

  /**
   * Parses a whole file that holds an object; null for the JSON value null.
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

  /**
   * Where a file is not JSON, and what was expected there. The file is not quoted: it may be any
   * file that a link or a wrong path led to.
   */
  public static String problem(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return at == null
        ? expected(e)
        : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": " + expected(e);
  }

  /** The same of one line of a file that has a JSON object a line. */
  public static String problemInLine(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return "is no JSON object"
        + (at == null ? "" : " at column " + at.getColumnNr())
        + ": "
        + expected(e);
  }

  private static String expected(JsonProcessingException e) {
    String expected =
        e instanceof JsonEOFException
            ? "more: it ends in the middle of a value"
            : e instanceof StreamConstraintsException
                ? "less: a text, a number or the nesting is longer than is read"
                : e instanceof MismatchedInputException
                    ? "an object with every key once, and nothing behind it"
                    : "JSON: a value, a comma or a closing bracket, and every key once";
    return "expected " + expected;
  }

  /** A value for an error message, shortened to 60 characters. */
  public static String brief(JsonNode value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
