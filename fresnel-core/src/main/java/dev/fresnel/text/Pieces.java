package dev.fresnel.text;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A vocabulary's own pieces, as its file writes them. */
final class Pieces {
  private final Map<String, Integer> ids;
  private volatile @Nullable Map<Integer, String> pieces;

  /**
   * @param ids the ids by piece; kept, not copied
   */
  Pieces(Map<String, Integer> ids) {
    this.ids = ids;
  }

  OptionalInt id(String piece) {
    Integer id = ids.get(piece);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The piece of an id; null if the vocabulary has none. */
  @Nullable String of(int id) {
    Map<Integer, String> byId = pieces;
    return (byId == null ? turned() : byId).get(id);
  }

  /** Many programs never ask for a piece, so this is made for the first one. */
  private synchronized Map<Integer, String> turned() {
    Map<Integer, String> byId = pieces;
    if (byId == null) {
      byId = new HashMap<>(ids.size() * 2);
      for (var entry : ids.entrySet()) {
        byId.put(entry.getValue(), entry.getKey());
      }
      pieces = byId;
    }
    return byId;
  }
}
