package dev.fresnel.cli;

import dev.fresnel.generate.GenerationOptions;
import dev.fresnel.generate.Sampling;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say how a text is continued. */
final class SamplingOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      converter = Converters.CountConverter.class,
      description = "The most tokens that are added. Default: 32.")
  private int maxNewTokens = 32;

  @Option(
      names = "--greedy",
      description = "Take the likeliest token each time. Default: draw from the probabilities.")
  private boolean greedy;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      converter = NotNegative.class,
      description = "Divide the logits by this before drawing. 0 is --greedy. Default: 1.")
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      converter = Converters.CountConverter.class,
      description = "Draw from the K likeliest tokens only.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      converter = Share.class,
      description =
          "Draw from the fewest likeliest tokens whose probabilities add up to more than P.")
  private @Nullable Double topP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      converter = Positive.class,
      description =
          "Divide positive logits of tokens that the text has by R; multiply negative ones. With"
              + " --greedy too. The same as in Hugging Face's library only with --processing raw,"
              + " which keeps the logits' zero. Default: 1.")
  private double repetitionPenalty = 1;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "F",
      converter = NotNegative.class,
      description = "Take F off a token's logit for each time the text has it. Default: 0.")
  private @Nullable Double frequencyPenalty;

  @Option(
      names = "--stop",
      paramLabel = "S",
      converter = SomeText.class,
      description = "End where the new text has S, which is left out. May be repeated.")
  private List<String> stop = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = Seed.class,
      description =
          "Begins the random numbers. Default: 0, so a repeated call gives the same text.")
  private long seed;

  /**
   * What the options say.
   *
   * @throws ParameterException if two of them contradict each other
   */
  GenerationOptions read() {
    if (topK != null && topP != null) {
      throw new ParameterException(
          spec.commandLine(), "--top-k and --top-p exclude each other; give one of them");
    }
    boolean likeliest = greedy || temperature != null && temperature == 0;
    if (greedy && temperature != null
        || likeliest && (topK != null || topP != null || frequencyPenalty != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "--greedy takes the likeliest token, so --temperature, --top-k, --top-p and"
              + " --frequency-penalty have no meaning beside it; leave one or the other out");
    }
    return GenerationOptions.of(maxNewTokens)
        .with(
            new Sampling(
                greedy ? 0 : temperature == null ? 1 : temperature,
                topK == null ? 0 : topK,
                topP == null ? 1 : topP,
                repetitionPenalty,
                frequencyPenalty == null ? 0 : frequencyPenalty))
        .withSeed(seed)
        .stoppingAt(stop);
  }

  /** A number from 0. */
  static final class NotNegative implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = Converters.number(value);
      if (!(number >= 0 && Double.isFinite(number))) {
        throw Converters.expected("a number from 0 on, such as 0.7", value);
      }
      return number;
    }
  }

  /** A number above 0. */
  static final class Positive implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = Converters.number(value);
      if (!(number > 0 && Double.isFinite(number))) {
        throw Converters.expected("a number above 0, such as 1.2", value);
      }
      return number;
    }
  }

  /** A part of the whole probability. */
  static final class Share implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = Converters.number(value);
      if (!(number > 0 && number <= 1)) {
        throw Converters.expected("a number above 0, up to 1, such as 0.9", value);
      }
      return number;
    }
  }

  /** The beginning of random numbers. */
  static final class Seed implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      try {
        return Long.parseLong(value);
      } catch (NumberFormatException e) {
        throw Converters.expected("a whole number, such as 1", value);
      }
    }
  }

  /** A text of at least one character. */
  static final class SomeText implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      if (value.isEmpty()) {
        throw Converters.expected("some text", value);
      }
      return value;
    }
  }
}
