package dev.fresnel.cli;

import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.circuit.Composition;
import dev.fresnel.load.LoadOptions.Processing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts option values, and checks what can be checked without a model. */
final class Converters {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
  private static final Pattern COUNT = Pattern.compile("\\+?\\d+");

  private Converters() {}

  /** A threshold: a number from 0 to 1. */
  static final class UnitConverter implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = number(value);
      if (!(number >= 0 && number <= 1)) {
        throw expected("a number from 0 to 1, such as 0.5", value);
      }
      return number;
    }
  }

  /** A position in a text: a whole number from 0. */
  static final class PositionConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return whole(value, 0, "a whole number from 0 on; positions count from 0, BOS included");
    }
  }

  /** A layer of a model: a whole number from 0. */
  static final class LayerConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return whole(value, 0, "a layer: a whole number from 0 on");
    }
  }

  /** One token's id. */
  static final class TokenConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return whole(value, 0, "a token id: a whole number from 0 on");
    }
  }

  /** A number of things: a whole number from 1. */
  static final class CountConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return whole(value, 1, "a whole number from 1 on");
    }
  }

  /** What random numbers begin with, or a token's id: a whole number from 0. */
  static final class WholeConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return whole(value, 0, "a whole number from 0 on");
    }
  }

  /** The size of a byte-level vocabulary: a whole number from 257, the bytes and a BOS. */
  static final class VocabularyConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return whole(value, 257, "a number of tokens from 257 on, such as 3000");
    }
  }

  /** Token ids, separated by commas. */
  static final class TokenIdsConverter implements ITypeConverter<TokenIds> {
    @Override
    public TokenIds convert(String value) {
      String expected = "token ids from 0 on, separated by commas, such as 1,2,3";
      return new TokenIds(
          pieces(value, expected).stream().mapToInt(id -> whole(id, 0, expected)).toArray());
    }
  }

  /** Token ids from the command line. */
  record TokenIds(int[] ids) {}

  /** Names of hook points, separated by commas. */
  static final class HooksConverter implements ITypeConverter<Hooks> {
    @Override
    public Hooks convert(String value) {
      return new Hooks(
          pieces(
              value,
              "names of hook points, separated by commas, such as 'blocks.*.attn.hook_pattern'"));
    }
  }

  /** Hook names, in which {@code *} stands for any characters. */
  record Hooks(List<String> patterns) {}

  /** A picture's file: SVG or PNG, as its name ends. */
  static final class PictureConverter implements ITypeConverter<Picture> {
    @Override
    public Picture convert(String value) {
      String name = value.toLowerCase(Locale.ROOT);
      if (!name.endsWith(".svg") && !name.endsWith(".png")) {
        throw expected("a file name that ends in .svg or .png", value);
      }
      return new Picture(Path.of(value), name.endsWith(".svg"));
    }
  }

  /**
   * A file to draw.
   *
   * @param vector whether it is SVG; else PNG
   */
  record Picture(Path file, boolean vector) {}

  /** Names of a report's figures, separated by commas; each is taken once. */
  static final class FiguresConverter implements ITypeConverter<Figures> {
    @Override
    public Figures convert(String value) {
      var all = List.of(ReportFigure.values());
      String expected = "names of figures, separated by commas, out of " + ReportFigures.names(all);
      var names = new LinkedHashSet<ReportFigure>();
      for (String piece : pieces(value, expected)) {
        names.add(
            all.stream()
                .filter(figure -> figure.label().equals(piece))
                .findFirst()
                .orElseThrow(() -> expected(expected, piece)));
      }
      return new Figures(List.copyOf(names));
    }
  }

  /** Figures of a report. */
  record Figures(List<ReportFigure> names) {}

  /** {@code html}, {@code svg}, {@code png} or {@code csv}. */
  static final class FormatConverter implements ITypeConverter<ReportCommand.Format> {
    @Override
    public ReportCommand.Format convert(String value) {
      return choice(ReportCommand.Format.values(), value);
    }
  }

  /** {@code auto}, {@code yes} or {@code no}. */
  static final class BosConverter implements ITypeConverter<TextOptions.BosChoice> {
    @Override
    public TextOptions.BosChoice convert(String value) {
      return choice(TextOptions.BosChoice.values(), value);
    }
  }

  /** {@code default} or {@code raw}. */
  static final class ProcessingConverter implements ITypeConverter<Processing> {
    @Override
    public Processing convert(String value) {
      return choice(Processing.values(), value);
    }
  }

  /** {@code q}, {@code k} or {@code v}. */
  static final class CompositionConverter implements ITypeConverter<Composition.Kind> {
    @Override
    public Composition.Kind convert(String value) {
      return choice(Composition.Kind.values(), value);
    }
  }

  /** {@code ov}, {@code qk}, {@code w_out} or {@code w_in}. */
  static final class CircuitConverter implements ITypeConverter<CircuitCommand.What> {
    @Override
    public CircuitCommand.What convert(String value) {
      return choice(CircuitCommand.What.values(), value);
    }
  }

  /** {@code direct} or {@code workshop}. */
  static final class MethodConverter implements ITypeConverter<Attribution.Method> {
    @Override
    public Attribution.Method convert(String value) {
      return choice(Attribution.Method.values(), value);
    }
  }

  /** A decimal number; NaN where it is none. */
  static double number(String value) {
    return NUMBER.matcher(value).matches() ? Double.parseDouble(value) : Double.NaN;
  }

  private static int whole(String value, int least, String expected) {
    if (COUNT.matcher(value).matches()) {
      try {
        int number = Integer.parseInt(value);
        if (number >= least) {
          return number;
        }
      } catch (NumberFormatException tooLarge) {
        throw expected(expected + ", up to " + Integer.MAX_VALUE, value);
      }
    }
    throw expected(expected, value);
  }

  private static List<String> pieces(String value, String expected) {
    var pieces = new ArrayList<String>();
    for (String piece : value.split(",", -1)) {
      if (piece.isBlank()) {
        throw expected(expected, value);
      }
      pieces.add(piece.strip());
    }
    return List.copyOf(pieces);
  }

  private static <E extends Enum<E>> E choice(E[] choices, String value) {
    for (E choice : choices) {
      if (label(choice).equals(value)) {
        return choice;
      }
    }
    throw expected(
        Arrays.stream(choices).map(Converters::label).collect(Collectors.joining(" or ")), value);
  }

  private static String label(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  static TypeConversionException expected(String what, String actual) {
    return new TypeConversionException("expected " + what + "; got " + Visible.quoted(actual));
  }
}
