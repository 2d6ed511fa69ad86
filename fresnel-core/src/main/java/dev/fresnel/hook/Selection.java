package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Some places of a model.
 *
 * @param label how the caller wrote it
 * @param test which places
 */
record Selection(String label, Predicate<HookPoint> test) {
  static Selection kinds(Set<HookKind> kinds) {
    String label = kinds.stream().map(Enum::name).sorted().collect(Collectors.joining(", "));
    return new Selection(label, point -> kinds.contains(point.kind()));
  }

  static Selection points(Set<HookPoint> points) {
    String label = points.stream().map(HookPoint::name).sorted().collect(Collectors.joining(", "));
    return new Selection(label, points::contains);
  }

  static Selection matching(String pattern) {
    Predicate<HookPoint> named = named(pattern);
    boolean all = !pattern.contains("*");
    return new Selection(
        pattern, point -> (all || !point.kind().onlyByName()) && named.test(point));
  }

  private static Predicate<HookPoint> named(String pattern) {
    var regex =
        Pattern.compile(
            Arrays.stream(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")));
    return point -> regex.matcher(point.name()).matches();
  }

  boolean has(HookPoint point) {
    return test.test(point);
  }

  void requireKnown(List<HookPoint> available) {
    if (available.stream().noneMatch(test)) {
      var byName = available.stream().filter(named(label)).map(HookPoint::name).toList();
      if (!byName.isEmpty()) {
        throw new FresnelException(
            "'"
                + label
                + "' matches only places that are kept where they are named in full; name "
                + String.join(", ", byName));
      }
      var names = available.stream().map(HookPoint::name).toList();
      throw new FresnelException(
          "this model has no hook point '"
              + label
              + "'; the nearest are "
              + String.join(", ", NearestNames.of(label, names)));
    }
  }
}
