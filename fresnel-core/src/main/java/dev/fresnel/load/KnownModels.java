package dev.fresnel.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The table of short names: {@code known-models.txt}, beside this class. */
final class KnownModels {
  private static final KnownModels TABLE = read();

  private final List<KnownModel> models;
  private final Map<String, KnownModel> byName = new HashMap<>();

  private KnownModels(List<KnownModel> models) {
    this.models = List.copyOf(models);
    for (KnownModel model : models) {
      model.repository().ifPresent(repository -> enter(repository, model));
      model.names().forEach(name -> enter(name, model));
    }
  }

  private void enter(String name, KnownModel model) {
    KnownModel other = byName.put(name.toLowerCase(Locale.ROOT), model);
    if (other != null) {
      throw new IllegalStateException(name + " stands for two models");
    }
  }

  static List<KnownModel> all() {
    return TABLE.models;
  }

  /** By a short name or by its repository; case does not matter. */
  static Optional<KnownModel> find(String name) {
    return Optional.ofNullable(TABLE.byName.get(name.toLowerCase(Locale.ROOT)));
  }

  /** All short names. */
  static List<String> names() {
    return TABLE.models.stream().flatMap(model -> model.names().stream()).toList();
  }

  private static KnownModels read() {
    var models = new ArrayList<KnownModel>();
    String family = "";
    for (String line : text().split("\n")) {
      if (line.startsWith("[")) {
        family = line.substring(1, line.indexOf(']'));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        models.add(parse(family, line));
      }
    }
    return new KnownModels(models);
  }

  private static KnownModel parse(String family, String line) {
    int bar = line.indexOf('|');
    String[] words = line.substring(0, bar).strip().split(" +");
    Map<String, String> values = new HashMap<>();
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      values.put(words[i].substring(0, equals), words[i].substring(equals + 1));
    }
    return new KnownModel(
        family,
        words[0].equals("-") ? Optional.empty() : Optional.of(words[0]),
        List.of(line.substring(bar + 1).strip().split(" +")),
        Optional.ofNullable(values.get("formerly")),
        Optional.ofNullable(values.get("tokenizer")),
        Optional.ofNullable(values.get("checkpoints")),
        Optional.ofNullable(values.get("lacks")));
  }

  private static String text() {
    try (var stream = KnownModels.class.getResourceAsStream("known-models.txt")) {
      if (stream == null) {
        throw new IllegalStateException("known-models.txt is not beside " + KnownModels.class);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("known-models.txt", e);
    }
  }
}
