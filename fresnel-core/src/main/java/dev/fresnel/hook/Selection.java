package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
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
    if (!pattern.contains("*")) {
      return new Selection(pattern, point -> point.name().equals(pattern));
    }
    var regex =
        Pattern.compile(
            java.util.Arrays.stream(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")));
    return new Selection(
        pattern, point -> !point.kind().onlyByName() && regex.matcher(point.name()).matches());
  }

  boolean has(HookPoint point) {
    return test.test(point);
  }

  void requireKnown(List<HookPoint> available) {
    if (available.stream().noneMatch(test)) {
      var names = available.stream().map(HookPoint::name).toList();
      throw new FresnelException(
          "this model has no hook point '"
              + label
              + "'; the nearest are "
              + String.join(", ", NearestNames.of(label, names)));
    }
  }
}
