package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Positions of a text: {@code 3,5-8}; negative ones count from the end, {@code -1} is the last. */
final class PositionsConverter implements ITypeConverter<PositionsConverter.Positions> {
  private static final Pattern PART = Pattern.compile("(-?\\d{1,7})(?:-(\\d{1,7}))?");

  /** From one position to another, both included. */
  private record Range(int first, int last) {}

  /** Positions as given. */
  record Positions(String given, List<Range> ranges) {
    /**
     * The positions of a text with a length, all from 0 on.
     *
     * @throws FresnelException if the text does not have them all
     */
    List<Integer> in(int length) {
      for (Range range : ranges) {
        if (range.first < -length || range.last >= length) {
          throw new FresnelException(
              "the text has %s; got %s"
                  .formatted(
                      length == 1
                          ? "1 token, so the only position is 0"
                          : "%d tokens, so positions are 0 to %d, or -%d to -1"
                              .formatted(length, length - 1, length),
                      given));
        }
      }
      return ranges.stream()
          .flatMapToInt(range -> IntStream.rangeClosed(range.first, range.last))
          .map(position -> position < 0 ? position + length : position)
          .distinct()
          .boxed()
          .toList();
    }
  }

  @Override
  public Positions convert(String value) {
    var ranges = new ArrayList<Range>();
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
      ranges.add(new Range(first, last));
    }
    return new Positions(value, List.copyOf(ranges));
  }

  private static TypeConversionException expected(String value) {
    return new TypeConversionException(
        "expected positions such as 3,5-8 or -1 (the last), got '" + value + "'");
  }
}
