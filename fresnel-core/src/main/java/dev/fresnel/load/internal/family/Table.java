package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.weights.Storage;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightKind.Place;
import dev.fresnel.model.WeightKind.Presence;
import dev.fresnel.model.config.ModelConfig;
import java.util.List;
import java.util.function.ObjIntConsumer;

/** The weights of a family, a row for each kind. */
record Table(List<Row> rows) {
  Table {
    rows = List.copyOf(rows);
  }

  static Table of(Row... rows) {
    return new Table(List.of(rows));
  }

  Row row(WeightKind kind) {
    return rows.stream()
        .filter(row -> row.kind() == kind)
        .findFirst()
        .orElseThrow(() -> new FresnelException("the family's table has no row for " + kind));
  }

  /**
   * Where the hub's files have each weight.
   *
   * @param tied whether the unembedding is the embedding: a file may hold it under either name, and
   *     a head that is stored beside the embedding is spare: it has the same numbers
   */
  WeightLayout hub(ModelConfig config, Settings settings, boolean tied, WeightNames names) {
    var layout = new WeightLayout(config);
    String embedding = embedding(tied, names);
    each(
        config,
        (row, layer) -> {
          boolean isTied = tied && (row.kind() == WeightKind.W_U || row.kind() == WeightKind.W_E);
          if (isTied && !row.hub().equals(embedding)) {
            layout.spare(row.hub());
          }
          if (row.isOn(settings)) {
            String source = isTied ? embedding : row.hubName(layer);
            layout.add(row.target(layer), source, row.storage(), Presence.REQUIRED);
          }
        });
    return layout;
  }

  /** The name that a file has the embedding under: safetensors' save_model keeps the head's. */
  private String embedding(boolean tied, WeightNames names) {
    String usual = row(WeightKind.W_E).hub();
    String head = row(WeightKind.W_U).hub();
    return tied && !names.has(usual) && names.has(head) ? head : usual;
  }

  /** Where GGUF files have each weight: the embedding serves as a head where they have none. */
  WeightLayout gguf(ModelConfig config, WeightNames names) {
    var layout = new WeightLayout(config);
    String embedding = row(WeightKind.W_E).ggufName(0).orElseThrow();
    each(
        config,
        (row, layer) ->
            row.ggufName(layer)
                .ifPresent(
                    name -> {
                      boolean tied = row.kind() == WeightKind.W_U && !names.has(name);
                      Storage storage = row.ggufStorage();
                      var presence = row.only() == null ? Presence.REQUIRED : Presence.OPTIONAL;
                      layout.add(row.target(layer), tied ? embedding : name, storage, presence);
                    }));
    return layout;
  }

  /** The rows of weights that a model with this configuration has, layer by layer. */
  private void each(ModelConfig config, ObjIntConsumer<Row> visitor) {
    each(Place.EMBEDDING, config, 0, visitor);
    for (int layer = 0; layer < config.sizes().layers(); layer++) {
      each(Place.BLOCK, config, layer, visitor);
    }
    each(Place.END, config, 0, visitor);
  }

  private void each(Place place, ModelConfig config, int layer, ObjIntConsumer<Row> visitor) {
    for (Row row : rows) {
      if (row.kind().place() == place && row.kind().isIn(config)) {
        visitor.accept(row, layer);
      }
    }
  }
}
