package dev.fresnel.analysis;

import java.util.Arrays;

/** Where some numbers of a row stand among all of them. */
final class Ranks {
  /** Into how many parts the range of the numbers asked for is cut. */
  private static final int PARTS = 256;

  private Ranks() {}

  /**
   * Each number's rank: 1, plus how many numbers of the row are greater. Equal numbers have the
   * same rank. NaN has rank 1, since no number is greater than NaN. The row is read once, whatever
   * the number of ids.
   *
   * @param ids indices into the row
   * @return one rank per id
   */
  static int[] of(float[] row, int... ids) {
    var marks = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      marks[i] = row[ids[i]];
    }
    Arrays.sort(marks);
    int[] above = above(row, marks); // above[i]: numbers greater than just i marks
    for (int i = marks.length - 1; i > 0; i--) {
      above[i] += above[i + 1];
    }
    int[] ranks = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      // marks that are equal: the last of them, above which only greater numbers are
      int mark = Arrays.binarySearch(marks, row[ids[i]]);
      while (mark + 1 < marks.length && marks[mark + 1] == marks[mark]) {
        mark++;
      }
      ranks[i] = above[mark + 1] + 1;
    }
    return ranks;
  }

  /** How many numbers are greater than no mark, than one, …, than all. */
  private static int[] above(float[] row, float[] marks) {
    int[] above = new int[marks.length + 1];
    if (marks.length == 0) {
      return above;
    }
    float least = marks[0];
    float scale = (PARTS - 1) / (marks[marks.length - 1] - least);
    // A number in a part is greater than all marks of the parts before it: rounding keeps order.
    boolean parted = scale > 0 && Float.isFinite(scale);
    int[] before = new int[PARTS];
    for (float mark : marks) {
      for (int part = parted ? (int) ((mark - least) * scale) + 1 : PARTS; part < PARTS; part++) {
        before[part]++;
      }
    }
    for (float number : row) {
      if (number > least) {
        int part = parted ? Math.min(PARTS - 1, (int) ((number - least) * scale)) : 0;
        int passed = before[part];
        while (passed < marks.length && number > marks[passed]) {
          passed++;
        }
        above[passed]++;
      }
    }
    return above;
  }
}
