package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import java.util.List;
import java.util.stream.Collectors;

/** Some places of a model, as a caller asked for them. */
sealed interface Selection {
  /** How the caller wrote it. */
  String label();

  /** Whether a place is one of them. */
  boolean has(HookPoint point);

  /** This place in every layer, or the one that the model has. */
  record OfKind(HookKind kind) implements Selection {
    @Override
    public String label() {
      return kind.name();
    }

    @Override
    public boolean has(HookPoint point) {
      return point.kind() == kind;
    }
  }

  /** One place. */
  record OfPoint(HookPoint point) implements Selection {
    @Override
    public String label() {
      return point.name();
    }

    @Override
    public boolean has(HookPoint other) {
      return point.equals(other);
    }
  }

  /**
   * The places whose name matches a pattern, in which {@code *} stands for any letters. A pattern
   * with {@code *} leaves out what is {@link HookKind#onlyByName}, unless it ends with the place's
   * whole name in a layer, as {@code blocks.*.attn.hook_result} does.
   *
   * @param pieces what stands between the stars; each is found where it comes first
   */
  record Matching(String label, List<String> pieces) implements Selection {
    static Matching of(String pattern) {
      return new Matching(pattern, List.of(pattern.split("\\*", -1)));
    }

    @Override
    public boolean has(HookPoint point) {
      return matches(point) && (!point.kind().onlyByName() || names(point.kind()));
    }

    boolean matches(HookPoint point) {
      String name = point.name();
      String last = pieces.get(pieces.size() - 1);
      if (pieces.size() == 1 || !name.startsWith(pieces.get(0))) {
        return name.equals(label);
      }
      int from = pieces.get(0).length();
      for (String piece : pieces.subList(1, pieces.size() - 1)) {
        int at = name.indexOf(piece, from);
        if (at < 0) {
          return false;
        }
        from = at + piece.length();
      }
      return name.length() - last.length() >= from && name.endsWith(last);
    }

    private boolean names(HookKind kind) {
      return label.equals(kind.suffix()) || label.endsWith("." + kind.suffix());
    }
  }

  /**
   * Checks that the model has one of these places.
   *
   * @param places the model's
   * @throws FresnelException with the nearest names if it has none
   */
  default void requireKnown(List<HookPoint> places) {
    if (places.stream().anyMatch(this::has)) {
      return;
    }
    if (this instanceof Matching matching && places.stream().anyMatch(matching::matches)) {
      var names =
          places.stream()
              .filter(matching::matches)
              .map(point -> point.name().replaceFirst("^blocks\\.\\d+\\.", "blocks.*."))
              .distinct();
      throw new FresnelException(
          "'%s' matches only places that are kept where their name is written out; write %s"
              .formatted(label(), names.collect(Collectors.joining(", "))));
    }
    var names = places.stream().map(HookPoint::name).toList();
    throw new FresnelException(
        "this model has no hook point '%s'; the nearest are %s"
            .formatted(label(), String.join(", ", NearestNames.of(label(), names))));
  }
}
