package dev.fresnel.cli;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.patch.AblationSite;
import dev.fresnel.analysis.patch.AttentionKnockout;
import dev.fresnel.analysis.patch.Direction;
import dev.fresnel.analysis.patch.Filling;
import dev.fresnel.analysis.patch.PatchBy;
import dev.fresnel.analysis.patch.PatchSite;
import dev.fresnel.analysis.patch.PathPatching;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;
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

  /** A site that can be estimated: all but patterns, which have no positions of their own. */
  static PatchSite estimated(String value, CommandLine line) {
    var sites = new ArrayList<>(List.of(PatchSite.values()));
    sites.remove(PatchSite.HEAD_PATTERN);
    return sites.stream()
        .filter(site -> site.label().equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    line,
                    "--what must be edges or %s, got '%s'"
                        .formatted(
                            sites.stream()
                                .map(PatchSite::label)
                                .collect(Collectors.joining(" or ")),
                            value)));
  }

  /** {@code position} or {@code head}. */
  static final class ByConverter implements ITypeConverter<PatchBy> {
    @Override
    public PatchBy convert(String value) {
      return choice(List.of(PatchBy.POSITION, PatchBy.HEAD), PatchBy::label, value);
    }
  }

  /** {@code heads} or {@code mlps}. */
  static final class AblationSiteConverter implements ITypeConverter<AblationSite> {
    @Override
    public AblationSite convert(String value) {
      return choice(List.of(AblationSite.HEADS, AblationSite.MLPS), AblationSite::label, value);
    }
  }

  /** {@code zero}, {@code mean} or {@code resample}. */
  static final class FillingConverter implements ITypeConverter<Filling> {
    @Override
    public Filling convert(String value) {
      return choice(List.of(Filling.values()), Filling::label, value);
    }
  }

  /** {@code head} or {@code layer}. */
  static final class KnockoutByConverter implements ITypeConverter<AttentionKnockout.By> {
    @Override
    public AttentionKnockout.By convert(String value) {
      return choice(List.of(AttentionKnockout.By.values()), AttentionKnockout.By::label, value);
    }
  }

  /** {@code q}, {@code k} or {@code v}. */
  static final class InputConverter implements ITypeConverter<PathPatching.Input> {
    @Override
    public PathPatching.Input convert(String value) {
      return choice(List.of(PathPatching.Input.values()), PathPatching.Input::label, value);
    }
  }

  /** {@code direct} or {@code through-mlps}. */
  static final class RouteConverter implements ITypeConverter<PathPatching.Route> {
    @Override
    public PathPatching.Route convert(String value) {
      return choice(List.of(PathPatching.Route.values()), PathPatching.Route::label, value);
    }
  }

  /** A head: {@code L5H1}. */
  static final class HeadConverter implements ITypeConverter<HeadId> {
    private static final Pattern LABEL = Pattern.compile("L(\\d{1,6})H(\\d{1,6})");

    @Override
    public HeadId convert(String value) {
      var label = LABEL.matcher(value);
      if (!label.matches()) {
        throw new TypeConversionException(
            "expected a head such as L5H1 (layer 5, head 1, both from 0), got '" + value + "'");
      }
      return new HeadId(Integer.parseInt(label.group(1)), Integer.parseInt(label.group(2)));
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
