package dev.fresnel.load.internal.format.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.FileShape;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of a safetensors file, every claim of it checked: eight bytes with the length of a JSON
 * object, the object, and behind it the tensors' bytes without gaps.
 *
 * @param tensors by name, in the header's order
 * @param metadata what the writer noted
 */
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
  private static final long LONGEST = 100_000_000;
  private static final int MOST_TENSORS = 100_000;
  private static final int MOST_FIELDS = 100;
  private static final int MOST_METADATA = 10_000_000;

  /**
   * @param offset where the numbers begin, counted from the file's beginning
   */
  record Entry(SafetensorsType type, Shape shape, long offset, long bytes) {}

  static SafetensorsHeader of(DataFile file) {
    byte[] head = file.bytes(0, 8, "the length of the header");
    long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > LONGEST || length > file.length() - 8) {
      throw file.error(
          "the header's length at offset 0 is not within 2 to "
              + Math.min(LONGEST, file.length() - 8)
              + " bytes; this is no safetensors file, or it is cut short");
    }
    if (file.bytes(8, 1, "the header")[0] != '{') {
      throw file.error(
          "the header does not begin with '{' at offset 8; this is no safetensors file");
    }
    try (var json = StrictJson.parser(file, 8, length)) {
      return new Reading(file, json, 8 + length).header();
    } catch (IOException e) {
      throw file.malformed("the header is not valid JSON: " + StrictJson.problem(e));
    }
  }

  /** One pass over the JSON. */
  private static final class Reading {
    private final DataFile file;
    private final JsonParser json;
    private final long start;
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Reading(DataFile file, JsonParser json, long start) {
      this.file = file;
      this.json = json;
      this.start = start;
    }

    SafetensorsHeader header() throws IOException {
      json.nextToken();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals("__metadata__")) {
          readMetadata();
        } else {
          tensors.put(name, entry(name));
        }
        if (tensors.size() > MOST_TENSORS) {
          throw file.malformed("the header names more than " + MOST_TENSORS + " tensors");
        }
      }
      if (json.nextToken() != null) {
        throw file.malformed(
            "something stands behind the header's object, where only padding may be");
      }
      requireNoGaps();
      return new SafetensorsHeader(tensors, metadata);
    }

    private void readMetadata() throws IOException {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return;
      }
      require(JsonToken.START_OBJECT, "__metadata__", "an object of strings");
      long characters = 0;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        json.nextToken();
        require(JsonToken.VALUE_STRING, "__metadata__." + StrictJson.shown(key), "a string");
        metadata.put(key, json.getText());
        characters += 64L + key.length() + json.getTextLength();
        if (characters > MOST_METADATA) {
          throw file.malformed("__metadata__ holds more than " + MOST_METADATA + " characters");
        }
      }
    }

    private Entry entry(String name) throws IOException {
      String at = "tensor " + StrictJson.shown(name);
      require(JsonToken.START_OBJECT, at, "an object");
      String type = null;
      List<Long> sizes = null;
      List<Long> offsets = null;
      for (int fields = 0; json.nextToken() != JsonToken.END_OBJECT; fields++) {
        if (fields == MOST_FIELDS) {
          throw file.malformed(at + " has more than " + MOST_FIELDS + " fields");
        }
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "dtype" -> {
            require(JsonToken.VALUE_STRING, at + ", dtype", "a string");
            type = json.getText();
          }
          case "shape" -> sizes = numbers(at + ", shape");
          case "data_offsets" -> offsets = numbers(at + ", data_offsets");
          default -> StrictJson.skip(file, json);
        }
      }
      return checked(at, type, sizes, offsets);
    }

    private Entry checked(
        String at,
        @Nullable String typeName,
        @Nullable List<Long> sizes,
        @Nullable List<Long> offsets) {
      if (typeName == null || sizes == null || offsets == null) {
        throw file.malformed(at + " needs dtype, shape and data_offsets");
      }
      var type =
          SafetensorsType.of(typeName)
              .orElseThrow(
                  () ->
                      file.error(
                          at
                              + " has the unknown dtype "
                              + StrictJson.shown(typeName)
                              + "; known are "
                              + List.of(SafetensorsType.values())));
      if (offsets.size() != 2) {
        throw file.malformed(at + " needs two data_offsets, got " + offsets.size());
      }
      var shape = FileShape.of(sizes, problem -> file.malformed(at + " " + problem));
      long begin = offsets.get(0);
      long end = offsets.get(1);
      if (begin < 0 || end < begin || end > file.length() - start) {
        throw file.malformed(
            at
                + " has data_offsets "
                + offsets
                + ", expected begin <= end within the "
                + (file.length() - start)
                + " bytes behind the header");
      }
      long needed = shape.count() * type.bytes();
      if (end - begin != needed) {
        throw file.malformed(
            at
                + " "
                + type
                + " "
                + sizes
                + " needs "
                + needed
                + " bytes, but data_offsets "
                + offsets
                + " hold "
                + (end - begin));
      }
      return new Entry(type, shape, start + begin, needed);
    }

    private List<Long> numbers(String at) throws IOException {
      require(JsonToken.START_ARRAY, at, "an array of whole numbers");
      var numbers = new ArrayList<Long>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        require(JsonToken.VALUE_NUMBER_INT, at, "whole numbers");
        numbers.add(json.getLongValue());
        if (numbers.size() > 1000) {
          throw file.malformed(at + " has more than 1000 numbers");
        }
      }
      return numbers;
    }

    private void require(JsonToken expected, String at, String what) {
      if (json.currentToken() != expected) {
        throw file.malformed(
            at
                + " must be "
                + what
                + ", but is "
                + json.currentToken()
                + " at offset "
                + (8 + json.currentTokenLocation().getCharOffset()));
      }
    }

    private void requireNoGaps() {
      var byOffset = new ArrayList<>(tensors.entrySet());
      byOffset.sort(
          Comparator.<Map.Entry<String, Entry>>comparingLong(e -> e.getValue().offset())
              .thenComparingLong(e -> e.getValue().bytes()));
      long expected = start;
      for (var entry : byOffset) {
        if (entry.getValue().offset() != expected) {
          throw gap(
              "tensor " + StrictJson.shown(entry.getKey()) + " begins",
              entry.getValue().offset(),
              expected);
        }
        expected += entry.getValue().bytes();
      }
      if (expected != file.length()) {
        throw gap("the file ends", file.length(), expected);
      }
    }

    private FresnelException gap(String what, long actual, long expected) {
      return file.error(
          what
              + " at offset "
              + actual
              + ", expected "
              + expected
              + ": tensors must follow each other and fill the file, without holes or overlaps");
    }
  }
}
