package dev.fresnel.train;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;

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
}
