package dev.fresnel.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.fresnel.analysis.HeadValues;
import dev.fresnel.error.Printable;
import dev.fresnel.text.Token;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes records, lists, maps and arrays as one JSON document. A record's components become fields
 * in snake_case; NaN and infinities become null, since JSON has no numbers for them. A token is its
 * id, text and piece: its label, for readers, follows from them. Values by head are [layer][head].
 */
final class RecordJson {
  private RecordJson() {}

  static String of(@Nullable Object value) {
    var text = new StringWriter();
    try (var json = new JsonFactory().createGenerator(text)) {
      write(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return escaped(text.toString());
  }

  /**
   * The same JSON, in which characters that are invisible or could control a terminal are escapes.
   * They stand in strings alone; those below space are escapes already.
   */
  private static String escaped(String json) {
    var out = new StringBuilder(json.length());
    json.codePoints()
        .forEach(
            letter -> {
              if (letter < 0x7f || Printable.isSeen(letter)) {
                out.appendCodePoint(letter);
              } else {
                for (char half : Character.toChars(letter)) {
                  out.append(String.format("\\u%04x", (int) half));
                }
              }
            });
    return out.toString();
  }

  private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Number number) {
      writeNumber(json, number);
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Iterable<?> items) {
      json.writeStartArray();
      for (Object item : items) {
        write(json, item);
      }
      json.writeEndArray();
    } else if (value instanceof HeadValues heads) {
      writeArray(json, heads.toArray());
    } else if (value.getClass().isArray()) {
      writeArray(json, value);
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      writeFields(json, map);
      json.writeEndObject();
    } else if (value instanceof Token token) {
      json.writeStartObject();
      writeFields(json, token);
      json.writeEndObject();
    } else if (value instanceof Record record) {
      json.writeStartObject();
      writeFields(json, record);
      json.writeEndObject();
    } else {
      json.writeString(value.toString());
    }
  }

  private static void writeNumber(JsonGenerator json, Number number) throws IOException {
    if (number instanceof Integer || number instanceof Long) {
      json.writeNumber(number.longValue());
    } else if (!Double.isFinite(number.doubleValue())) {
      json.writeNull();
    } else if (number instanceof Float) {
      json.writeNumber(number.floatValue());
    } else {
      json.writeNumber(number.doubleValue());
    }
  }

  private static void writeArray(JsonGenerator json, Object array) throws IOException {
    json.writeStartArray();
    for (int i = 0; i < Array.getLength(array); i++) {
      write(json, Array.get(array, i));
    }
    json.writeEndArray();
  }

  /** The fields of a component that is {@link JsonUnwrapped} stand among the record's own. */
  private static void writeFields(JsonGenerator json, Record record) throws IOException {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = component(record, component);
      if (value instanceof Token token && isUnwrapped(component)) {
        writeFields(json, token);
      } else if (value instanceof Record inner && isUnwrapped(component)) {
        writeFields(json, inner);
      } else if (value instanceof Map<?, ?> map && isUnwrapped(component)) {
        writeFields(json, map);
      } else {
        json.writeFieldName(snakeCase(component.getName()));
        write(json, value);
      }
    }
  }

  private static void writeFields(JsonGenerator json, Map<?, ?> map) throws IOException {
    for (var entry : map.entrySet()) {
      json.writeFieldName(entry.getKey().toString());
      write(json, entry.getValue());
    }
  }

  private static void writeFields(JsonGenerator json, Token token) throws IOException {
    json.writeNumberField("id", token.id());
    json.writeStringField("text", token.text());
    json.writeStringField("piece", token.piece());
  }

  private static boolean isUnwrapped(RecordComponent component) {
    return component.getAccessor().isAnnotationPresent(JsonUnwrapped.class);
  }

  private static @Nullable Object component(Record record, RecordComponent component) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  /** {@code dVocabOut} becomes {@code d_vocab_out}. */
  private static String snakeCase(String camelCase) {
    var snake = new StringBuilder();
    for (char letter : camelCase.toCharArray()) {
      if (Character.isUpperCase(letter)) {
        snake.append('_').append(Character.toLowerCase(letter));
      } else {
        snake.append(letter);
      }
    }
    return snake.toString();
  }
}
