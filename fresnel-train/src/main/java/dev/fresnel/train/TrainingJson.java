package dev.fresnel.train;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.io.IOException;
import java.util.stream.Collectors;

/** How this package reads and writes JSON: a record's components are keys in snake_case. */
final class TrainingJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private static final JsonMapper RECIPES =
      MAPPER
          .rebuild()
          .defaultSetterInfo(JsonSetter.Value.forValueNulls(Nulls.SKIP))
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** Characters of a number that are quoted. */
  private static final int LONGEST_QUOTED = 40;

  private TrainingJson() {}

  /** Reads a recipe; a key that is left out, or null, has its default value. */
  static ObjectReader recipes() {
    return RECIPES.readerFor(Recipe.class);
  }

  /** Reads an entry of a history; no key may be missing. */
  static ObjectReader entries() {
    return MAPPER
        .readerFor(History.Entry.class)
        .with(
            DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
  }

  static JsonNode tree(String json) throws JsonProcessingException {
    return MAPPER.readTree(json);
  }

  static ObjectWriter writer() {
    return MAPPER.writer();
  }

  /** Why a text is not what was expected, in words; nothing else of the text is quoted. */
  static String reason(JsonProcessingException e) {
    if (e.getCause() instanceof FresnelException ours) {
      return ours.getMessage();
    }
    if (e instanceof UnrecognizedPropertyException unknown) {
      var known = unknown.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
      return "it has no key " + key(unknown) + "; known here: " + String.join(", ", known);
    }
    if (e instanceof InvalidFormatException wrong) {
      String kind = wrong.getTargetType() == Boolean.class ? "true or false" : "a number";
      return key(wrong) + " must be " + kind + ", is \"" + wrong.getValue() + "\"";
    }
    if (e instanceof MismatchedInputException other && !other.getPath().isEmpty()) {
      return key(other) + " is of another kind, or missing";
    }
    if (e instanceof JsonMappingException mapped
        && mapped.getCause() instanceof InputCoercionException
        && !mapped.getPath().isEmpty()) {
      return key(mapped) + " is a number beyond the range that is read";
    }
    return "it is not valid JSON, " + Json.problem(e);
  }

  /** The same for a whole file, whose number beyond the range is quoted. */
  static String reason(JsonProcessingException e, byte[] json) throws IOException {
    String reason = reason(e);
    if (!(e.getCause() instanceof InputCoercionException && e instanceof JsonMappingException at)) {
      return reason;
    }
    JsonNode value = MAPPER.readTree(json);
    for (var part : at.getPath()) {
      value =
          part.getFieldName() == null
              ? value.path(part.getIndex())
              : value.path(part.getFieldName());
    }
    String text = value.asText();
    return text.isEmpty() || text.length() > LONGEST_QUOTED ? reason : reason + ": " + text;
  }

  private static String key(JsonMappingException e) {
    return e.getPath().stream()
        .map(part -> part.getFieldName() == null ? "" + part.getIndex() : part.getFieldName())
        .collect(Collectors.joining(".", "\"", "\""));
  }
}
