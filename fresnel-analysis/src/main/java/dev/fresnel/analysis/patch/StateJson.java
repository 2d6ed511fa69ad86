package dev.fresnel.analysis.patch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a saved sweep has beside its results: the numbers of each text. */
final class StateJson {
  private StateJson() {}

  /** Adds the fields {@code data}, {@code computed} and {@code by_text}. */
  static void put(Map<String, Object> fields, Sweep sweep, SweepState state) {
    fields.put("data", state.data());
    fields.put("computed", state.computed());
    fields.put("by_text", state.texts().stream().map(text -> text(sweep, text)).toList());
  }

  private static Map<String, @Nullable Object> text(Sweep sweep, SweepState.Text text) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("clean_tokens", text.clean());
    fields.put("corrupted_tokens", text.corrupted());
    fields.put("answer_token", text.answer());
    fields.put("wrong_token", text.wrong());
    fields.put("clean", SweepJson.number(text.cleanMetric()));
    fields.put("corrupted", SweepJson.number(text.corruptedMetric()));
    fields.put("values", SweepJson.nested(sweep.axes(), text.values()));
    return fields;
  }

  /** Reads what {@link #put} wrote; null where it is missing. */
  static @Nullable SweepState read(JsonNode json) {
    if (!json.has("by_text")) {
      return null;
    }
    var texts = new ArrayList<SweepState.Text>();
    for (JsonNode text : json.get("by_text")) {
      texts.add(
          new SweepState.Text(
              ids(text, "clean_tokens"),
              ids(text, "corrupted_tokens"),
              SweepJson.required(text, "answer_token").asInt(),
              SweepJson.required(text, "wrong_token").asInt(),
              SweepJson.number(SweepJson.required(text, "clean")),
              SweepJson.number(SweepJson.required(text, "corrupted")),
              SweepJson.flat(SweepJson.required(text, "values"))));
    }
    int all = texts.isEmpty() ? 0 : texts.get(0).values().length;
    return new SweepState(
        SweepJson.required(json, "data").asText(), json.path("computed").asInt(all), texts);
  }

  private static List<Integer> ids(JsonNode json, String field) {
    var ids = new ArrayList<Integer>();
    for (JsonNode id : SweepJson.required(json, field)) {
      if (!id.canConvertToInt()) {
        throw new FresnelException("its " + field + " are no token ids");
      }
      ids.add(id.asInt());
    }
    return ids;
  }
}
