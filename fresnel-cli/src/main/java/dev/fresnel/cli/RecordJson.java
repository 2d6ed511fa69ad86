package dev.fresnel.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes records, lists, maps and arrays as one JSON document. A record's components become fields
 * in snake_case; NaN and infinities become null, since JSON has no numbers for them.
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
              if (letter < 0x7f || Visible.isSeen(letter)) {
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
    } else if (value.getClass().isArray()) {
      writeArray(json, value);
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (var entry : map.entrySet()) {
        json.writeFieldName(entry.getKey().toString());
        write(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof Record record) {
      writeRecord(json, record);
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

  private static void writeRecord(JsonGenerator json, Record record) throws IOException {
    json.writeStartObject();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      json.writeFieldName(snakeCase(component.getName()));
      write(json, component(record, component));
    }
    json.writeEndObject();
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
