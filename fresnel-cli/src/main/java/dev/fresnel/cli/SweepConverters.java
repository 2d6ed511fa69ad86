package dev.fresnel.cli;

import dev.fresnel.analysis.patch.Direction;
import dev.fresnel.analysis.patch.PatchBy;
import dev.fresnel.analysis.patch.PatchSite;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts the choices of sweeps. */
final class SweepConverters {
  private SweepConverters() {}

  /** {@code logit-diff}, {@code log-prob} or {@code kl}. */
  static final class MetricConverter implements ITypeConverter<PatchCommand.MetricChoice> {
    @Override
    public PatchCommand.MetricChoice convert(String value) {
      return choice(List.of(PatchCommand.MetricChoice.values()), SweepConverters::dashed, value);
    }
  }

  /** A direction of patching. */
  static final class DirectionConverter implements ITypeConverter<Direction> {
    @Override
    public Direction convert(String value) {
      return choice(List.of(Direction.values()), Direction::label, value);
    }
  }

  /** An activation to patch. */
  static final class SiteConverter implements ITypeConverter<PatchSite> {
    @Override
    public PatchSite convert(String value) {
      return choice(List.of(PatchSite.values()), PatchSite::label, value);
    }
  }

  /** {@code position} or {@code head}. */
  static final class ByConverter implements ITypeConverter<PatchBy> {
    @Override
    public PatchBy convert(String value) {
      return choice(List.of(PatchBy.POSITION, PatchBy.HEAD), PatchBy::label, value);
    }
  }

  static String dashed(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static <E> E choice(List<E> choices, Function<? super E, String> label, String value) {
    return choices.stream()
        .filter(each -> label.apply(each).equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected %s, got '%s'"
                        .formatted(
                            choices.stream().map(label).collect(Collectors.joining(" or ")),
                            value)));
  }
}
