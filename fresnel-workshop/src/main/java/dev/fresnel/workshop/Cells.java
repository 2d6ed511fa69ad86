package dev.fresnel.workshop;

/** Which cells of an attention pattern count. */
@FunctionalInterface
public interface Cells {
  /**
   * @param query the position that attends, counted from 0
   * @param key the position that is attended to, counted from 0
   */
  boolean count(int query, int key);
}
