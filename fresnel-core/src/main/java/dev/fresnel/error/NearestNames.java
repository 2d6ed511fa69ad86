package dev.fresnel.error;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Names that resemble a mistyped one. */
public final class NearestNames {
  private static final int HOW_MANY = 3;

  /** Letters; a longer name is compared with none, since the time grows with both lengths. */
  private static final int LONGEST = 200;

  private NearestNames() {}

  private record Candidate(String name, int edits) {}

  /** The three names that need the fewest edits, the nearest first. */
  public static List<String> of(String typo, Collection<String> names) {
    if (typo.length() > LONGEST) {
      return names.stream().limit(HOW_MANY).toList();
    }
    return names.stream()
        .filter(name -> name.length() <= LONGEST)
        .map(name -> new Candidate(name, distance(typo, name)))
        .sorted(Comparator.comparingInt(Candidate::edits))
        .limit(HOW_MANY)
        .map(Candidate::name)
        .toList();
  }

  /** The nearest name, if most of its letters are the typo's: at most a third need an edit. */
  public static Optional<String> likely(String typo, Collection<String> names) {
    return of(typo, names).stream()
        .findFirst()
        .filter(name -> 3 * distance(typo, name) <= Math.max(typo.length(), name.length()));
  }

  /** Levenshtein's distance: how many letters to insert, drop or change. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
