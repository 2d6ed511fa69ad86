package dev.fresnel.train;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** How this package reads and writes JSON: a record's components are keys in snake_case. */
final class TrainingJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private TrainingJson() {}

  /** Reads a recipe; a key that is left out has its default value. */
  static ObjectReader recipes() {
    return MAPPER.readerFor(Recipe.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /** Reads an entry of a history; no key may be missing. */
  static ObjectReader entries() {
    return MAPPER
        .readerFor(History.Entry.class)
        .with(
            DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
  }

  static ObjectWriter writer() {
    return MAPPER.writer();
  }

  /**
   * Writes the recipe into a checkpoint. Its keys are in camelCase, as in every checkpoint written
   * so far: a run is resumed only where this text is the same.
   */
  static ObjectWriter identities() {
    return MAPPER
        .rebuild()
        .propertyNamingStrategy(PropertyNamingStrategies.LOWER_CAMEL_CASE)
        .build()
        .writer();
  }
}
