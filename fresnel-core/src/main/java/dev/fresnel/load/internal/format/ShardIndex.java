package dev.fresnel.load.internal.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The index of a model in several files, which says which tensor is in which file: {@code
 * model.safetensors.index.json}, {@code pytorch_model.bin.index.json}. Each shard is in the index's
 * folder.
 */
public final class ShardIndex {
  private static final int LARGEST_INDEX = 100_000_000;
  private static final int MOST_FIELDS = 1_000;
  private static final int MOST_SHARDS = 10_000;
  private static final int MOST_TENSORS = 500_000;

  private ShardIndex() {}

  /**
   * @param index the {@code *.index.json}
   * @param opener opens a shard
   * @throws FresnelException if the index or a shard cannot be read or breaks a rule, or if a
   *     tensor is not in the shard that the index names
   */
  public static WeightSource open(Path index, Function<Path, WeightSource> opener) {
    Map<String, String> weightMap;
    try (var file = DataFile.open(index)) {
      weightMap = weightMap(file);
    }
    var shards = new LinkedHashMap<String, WeightSource>();
    var shardOf = new LinkedHashMap<String, WeightSource>();
    try {
      weightMap.forEach(
          (name, shardName) -> {
            var shard =
                shards.computeIfAbsent(
                    shardName, file -> opener.apply(index.toAbsolutePath().resolveSibling(file)));
            if (!shard.names().contains(name)) {
              throw new FresnelException(
                  index
                      + ": tensor "
                      + StrictJson.shown(name)
                      + " should be in "
                      + shardName
                      + ", but is not; the files do not belong together: fetch them again");
            }
            shardOf.put(name, shard);
          });
      return new Shards(index.toString(), shardOf, shards.values());
    } catch (RuntimeException e) {
      shards.values().forEach(WeightSource::close);
      throw e;
    }
  }

  /** The names of the files that an index needs beside it. */
  public static Set<String> shards(Path index) {
    try (var file = DataFile.open(index)) {
      return new LinkedHashSet<>(weightMap(file).values());
    }
  }

  private static Map<String, String> weightMap(DataFile file) {
    if (file.length() > LARGEST_INDEX) {
      throw file.error(
          "an index of " + file.length() + " bytes is too large; at most " + LARGEST_INDEX);
    }
    try (var json = StrictJson.parser(file, 0, file.length())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw file.malformed("the index must be a JSON object");
      }
      Map<String, String> weightMap = null;
      for (int fields = 0; json.nextToken() != JsonToken.END_OBJECT; fields++) {
        if (fields == MOST_FIELDS) {
          throw file.malformed("the index has more than " + MOST_FIELDS + " fields");
        }
        String field = json.currentName();
        json.nextToken();
        if (field.equals("weight_map")) {
          weightMap = shardNames(file, json);
        } else {
          StrictJson.skip(file, json);
        }
      }
      if (json.nextToken() != null) {
        throw file.malformed("something stands behind the index's object");
      }
      if (weightMap == null) {
        throw file.malformed(
            "the index has no weight_map, which says which tensor is in which file");
      }
      return weightMap;
    } catch (IOException e) {
      throw file.malformed("the index is not valid JSON: " + StrictJson.problem(e));
    }
  }

  private static Map<String, String> shardNames(DataFile file, JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw file.malformed("weight_map must be an object of strings");
    }
    var names = new LinkedHashMap<String, String>();
    var distinct = new LinkedHashMap<String, String>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String tensor = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw file.malformed("weight_map." + StrictJson.shown(tensor) + " must be a string");
      }
      String shard = distinct.computeIfAbsent(json.getText(), name -> plain(file, name));
      names.put(tensor, shard);
      if (distinct.size() > MOST_SHARDS || names.size() > MOST_TENSORS) {
        throw file.malformed(
            "weight_map names more than " + MOST_SHARDS + " files or " + MOST_TENSORS + " tensors");
      }
    }
    return names;
  }

  private static String plain(DataFile file, String name) {
    boolean hidden = name.isEmpty() || name.startsWith(".");
    if (hidden || name.length() > 255 || name.matches("(?s).*[/\\\\:\\p{Cntrl}].*")) {
      throw file.malformed(
          "the shard '"
              + StrictJson.shown(name)
              + "' must be the plain name of a file in the same folder");
    }
    return name;
  }
}
