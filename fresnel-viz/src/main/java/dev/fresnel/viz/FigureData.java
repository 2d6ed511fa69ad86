package dev.fresnel.viz;

import java.util.List;

/** A figure's data as a page carries it: JSON, and blocks of numbers that the JSON names. */
record FigureData(String json, List<Named> blocks) {
  /** A block and the id of its element. */
  record Named(String id, Block block) {}

  static FigureData of(Json json) {
    return new FigureData(json.toString(), List.of());
  }

  long length() {
    return json.length() + blocks.stream().mapToLong(named -> named.block().length()).sum();
  }
}
