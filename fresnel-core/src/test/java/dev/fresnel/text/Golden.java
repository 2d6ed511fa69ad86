package dev.fresnel.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The files under golden/tokenizers: results of TransformerLens, written by
 * parity/cases_tokenizers.py.
 */
final class Golden {
  private Golden() {}

  static byte[] bytes(String kind, String file) {
    String path = "/golden/tokenizers/" + kind + "/" + file;
    try (InputStream in = Golden.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("no " + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String kind, String file) {
    try {
      return new ObjectMapper().readTree(bytes(kind, file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode expected(String kind) {
    return json(kind, "golden.json");
  }

  static Tokenizer tokenizer(String kind) {
    return Tokenizer.fromJson(
        bytes(kind, "tokenizer.json"),
        SpecialTokens.read(bytes(kind, "tokenizer_config.json"), null));
  }

  static int[] ints(JsonNode list) {
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = list.get(i).intValue();
    }
    return ids;
  }

  static List<String> strings(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(text -> texts.add(text.textValue()));
    return texts;
  }
}
