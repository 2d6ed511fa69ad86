package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;

/**
 * One attention head. Layers and heads count from 0.
 *
 * <pre>{@code new HeadId(5, 1).label(); // "L5H1"}</pre>
 */
public record HeadId(int layer, int head) implements Comparable<HeadId> {
  public HeadId {
    if (layer < 0 || head < 0) {
      throw new FresnelException(
          "layer and head count from 0, got layer " + layer + ", head " + head);
    }
  }

  /** {@code L5H1}. */
  public String label() {
    return "L" + layer + "H" + head;
  }

  @Override
  public int compareTo(HeadId other) {
    return layer != other.layer
        ? Integer.compare(layer, other.layer)
        : Integer.compare(head, other.head);
  }

  @Override
  public String toString() {
    return label();
  }
}
