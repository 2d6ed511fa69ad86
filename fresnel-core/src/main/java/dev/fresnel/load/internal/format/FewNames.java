package dev.fresnel.load.internal.format;

import dev.fresnel.error.NearestNames;
import java.util.Collection;
import java.util.stream.Collectors;

/** Some of many names, and how many there are: for messages. */
public final class FewNames {
  private static final int SHOWN = 10;

  private FewNames() {}

  /** What to say of a name that is not there: the nearest ones, and how many there are. */
  public static String nearest(String wanted, Collection<String> names) {
    if (names.isEmpty()) {
      return "it has none";
    }
    String nearest =
        NearestNames.of(wanted, names).stream()
            .map(StrictJson::shown)
            .collect(Collectors.joining(", "));
    return "the nearest of its " + names.size() + " are " + nearest;
  }

  public static String of(Collection<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    String first =
        names.stream().limit(SHOWN).map(StrictJson::shown).collect(Collectors.joining(", "));
    return names.size() <= SHOWN ? first : first + ", … (" + names.size() + " in all)";
  }
}
