package dev.fresnel.load.internal.format;

import java.util.Collection;
import java.util.stream.Collectors;

/** The first ten of many names, and how many there are: for messages. */
public final class FewNames {
  private static final int SHOWN = 10;

  private FewNames() {}

  public static String of(Collection<String> names) {
    String first =
        names.stream().limit(SHOWN).map(StrictJson::shown).collect(Collectors.joining(", "));
    return names.size() <= SHOWN ? first : first + ", … (" + names.size() + " in all)";
  }
}
