package dev.fresnel.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Positions of a text: {@code 3,5-8}; negative ones count from the end, {@code -1} is the last. */
final class PositionsConverter implements ITypeConverter<PositionsConverter.Positions> {
  private static final Pattern PART = Pattern.compile("(-?\\d{1,7})(?:-(\\d{1,7}))?");

  /** Positions as given. */
  record Positions(List<Integer> given) {
    /** The positions of a text with a length, all from 0 on. */
    List<Integer> in(int length) {
      return given.stream()
          .map(position -> position < 0 ? position + length : position)
          .distinct()
          .toList();
    }
  }

  @Override
  public Positions convert(String value) {
    var positions = new ArrayList<Integer>();
    for (String part : value.split(",", -1)) {
      var matcher = PART.matcher(part.strip());
      if (!matcher.matches()) {
        throw expected(value);
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (last < first || first < 0 && matcher.group(2) != null) {
        throw expected(value);
      }
      IntStream.rangeClosed(first, last).forEach(positions::add);
    }
    return new Positions(List.copyOf(positions));
  }

  private static TypeConversionException expected(String value) {
    return new TypeConversionException(
        "expected positions such as 3,5-8 or -1 (the last), got '" + value + "'");
  }
}
