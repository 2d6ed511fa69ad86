package dev.fresnel.analysis.patch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sweep as JSON: its fields in snake_case, its numbers nested by axis, NaN as null. */
final class SweepJson {
  private SweepJson() {}

  /** The fields in order, made of maps, lists, texts and numbers. */
  static Map<String, Object> fields(Sweep sweep) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("experiment", sweep.experiment());
    fields.put("model", sweep.model());
    fields.put("what", sweep.what());
    fields.put("by", sweep.by());
    fields.put("method", sweep.method());
    fields.put("metric", sweep.metric());
    fields.put("axes", sweep.axes().stream().map(SweepJson::axis).toList());
    fields.put("values", nested(sweep.axes(), sweep.values()));
    if (sweep.hasCorrupted()) {
      fields.put("normalised", nested(sweep.axes(), sweep.normalised()));
    }
    fields.put("clean", number(sweep.clean()));
    if (sweep.hasCorrupted()) {
      fields.put("corrupted", number(sweep.corrupted()));
    } else {
      fields.put("change", nested(sweep.axes(), sweep.changes()));
    }
    fields.put("texts", sweep.texts());
    var spread = sweep.spread();
    if (spread != null) {
      fields.put("standard_error", nested(sweep.axes(), spread.standardError()));
      var interval = new LinkedHashMap<String, Object>();
      interval.put("level", Statistics.LEVEL);
      interval.put("low", nested(sweep.axes(), spread.low()));
      interval.put("high", nested(sweep.axes(), spread.high()));
      fields.put("interval", interval);
    }
    fields.put("tokens", sweep.tokens().stream().map(SweepJson::token).toList());
    if (!sweep.corruptedTokens().isEmpty()) {
      fields.put(
          "corrupted_tokens", sweep.corruptedTokens().stream().map(SweepJson::token).toList());
    }
    return fields;
  }

  private static Map<String, Object> axis(Axis axis) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("name", axis.name());
    fields.put("labels", axis.labels());
    return fields;
  }

  private static Map<String, @Nullable Object> token(Token token) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("id", token.id());
    fields.put("text", token.text());
    fields.put("piece", token.piece());
    if (!token.label().equals(new Token(token.id(), token.text()).label())) {
      fields.put("label", token.label());
    }
    return fields;
  }

  static @Nullable Double number(double value) {
    return Double.isFinite(value) ? value : null;
  }

  /** The numbers as lists in lists, one level per axis. */
  static List<?> nested(List<Axis> axes, double[] flat) {
    List<@Nullable Object> level = new ArrayList<>();
    for (double value : flat) {
      level.add(number(value));
    }
    for (int axis = axes.size() - 1; axis > 0; axis--) {
      int size = axes.get(axis).size();
      List<@Nullable Object> outer = new ArrayList<>();
      for (int from = 0; from < level.size(); from += size) {
        outer.add(level.subList(from, from + size));
      }
      level = outer;
    }
    return level;
  }

  static String text(Sweep sweep) {
    return written(fields(sweep));
  }

  /** With the numbers of each text, from which the sweep can be continued. */
  static String saved(Sweep sweep) {
    var fields = fields(sweep);
    var state = sweep.state();
    if (state != null) {
      StateJson.put(fields, sweep, state);
    }
    return written(fields);
  }

  private static String written(Map<String, Object> fields) {
    try {
      return Json.MAPPER.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @param from what the text is, for an error
   * @throws FresnelException if the text is no sweep
   */
  static Sweep parse(byte[] text, String from) {
    try {
      return sweep(Json.tree(text));
    } catch (JsonProcessingException e) {
      throw noSweep(from, "it is not valid JSON, " + Json.problem(e), e);
    } catch (RuntimeException e) {
      throw noSweep(from, String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
  }

  private static FresnelException noSweep(String from, String why, Exception cause) {
    return new FresnelException(
        "%s is not a sweep that Fresnel saved: %s; name a file that save() or --save wrote"
            .formatted(from, why),
        cause);
  }

  private static Sweep sweep(JsonNode json) {
    var axes = new ArrayList<Axis>();
    for (JsonNode axis : required(json, "axes")) {
      var labels = new ArrayList<String>();
      required(axis, "labels").forEach(label -> labels.add(label.asText()));
      axes.add(new Axis(required(axis, "name").asText(), labels));
    }
    return new Sweep(
        required(json, "experiment").asText(),
        required(json, "model").asText(),
        required(json, "what").asText(),
        required(json, "by").asText(),
        required(json, "method").asText(),
        required(json, "metric").asText(),
        axes,
        flat(required(json, "values")),
        number(required(json, "clean")),
        json.has("corrupted") ? number(json.get("corrupted")) : Double.NaN,
        required(json, "texts").asInt(),
        json.has("interval")
            ? new Sweep.Spread(
                flat(required(json, "standard_error")),
                flat(required(json.get("interval"), "low")),
                flat(required(json.get("interval"), "high")))
            : null,
        tokens(required(json, "tokens")),
        json.has("corrupted_tokens") ? tokens(json.get("corrupted_tokens")) : List.of(),
        StateJson.read(json));
  }

  static JsonNode required(JsonNode json, String field) {
    JsonNode value = json.get(field);
    if (value == null) {
      throw new FresnelException("it has no field '" + field + "'");
    }
    return value;
  }

  static double number(JsonNode json) {
    return json.isNull() ? Double.NaN : json.asDouble();
  }

  static double[] flat(JsonNode json) {
    var numbers = new ArrayList<Double>();
    collect(json, numbers);
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void collect(JsonNode json, List<Double> into) {
    if (json.isArray()) {
      json.forEach(each -> collect(each, into));
    } else {
      into.add(number(json));
    }
  }

  private static @Nullable String text(JsonNode json, String name) {
    JsonNode text = json.get(name);
    return text == null || text.isNull() ? null : text.asText();
  }

  private static List<Token> tokens(JsonNode json) {
    var tokens = new ArrayList<Token>();
    for (JsonNode token : json) {
      var plain = new Token(required(token, "id").asInt(), text(token, "text"));
      String label = text(token, "label");
      tokens.add(
          new Token(
              plain.id(),
              plain.text(),
              text(token, "piece"),
              label == null ? plain.label() : label));
    }
    return tokens;
  }
}
