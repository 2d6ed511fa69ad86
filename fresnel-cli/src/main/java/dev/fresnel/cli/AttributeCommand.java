package dev.fresnel.cli;

import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.analysis.LogitTarget;
import dev.fresnel.analysis.ScoredNeuron;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Attributes the logit of the token that really comes next to heads and other components. */
@Command(
    name = "attribute",
    description = {
      "Splits a logit into the share of each head, and of everything else: the logit of the token"
          + " that really comes next, or of any other, or the difference of two."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel attribute",
      "  fresnel attribute --model gpt2 --file story.txt --position 14",
      "  fresnel attribute --method workshop --json",
      "  fresnel attribute --model gpt2 --text \"Mary and John went out, and John told\"",
      "    --token \" Mary\" --minus \" John\" --neurons 10",
      "",
      "The figure of --output is a map of the heads' shares, with a bar for all else. With",
      "--neurons or --every-position there is a figure for each: a page has all, FILE.svg",
      "is FILE-0.svg, FILE-1.svg and so on.",
      "",
      "JSON: model, position, token {id, text, piece}, next_token or null, target, minus",
      "or null, method, scores [layer][head], components [{name, score}], logit,",
      "neurons [{layer, neuron, label, score}], by_position {tokens [{id,",
      "text, piece}], parts [name], scores [part][position], logits [position]} or null.",
      "With --method direct, scores and components add up to the logit. The logit is",
      "that of target, less that of minus.",
    })
final class AttributeCommand extends TextCommand {
  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--position",
      paramLabel = "N",
      converter = Converters.PositionConverter.class,
      description = "The position to predict from. Default: the last with a next token.")
  private @Nullable Integer position;

  @Option(
      names = "--method",
      paramLabel = "direct|workshop",
      converter = Converters.MethodConverter.class,
      description = {
        "direct, the default: each share includes the final norm, so that all shares add up to the"
            + " logit; workshop: each head's result times the unembedding, plus its bias, without"
            + " the final norm."
      })
  private Method method = Method.DIRECT;

  @ArgGroup private @Nullable Target target;

  /** The token whose logit is taken apart. */
  private static final class Target {
    @Option(
        names = "--token",
        paramLabel = "T",
        converter = SamplingOptions.SomeText.class,
        description = {
          "The token whose logit is taken apart, with its space: \" Mary\". Default: the token that"
              + " comes next. The position is then the last, unless --position says otherwise."
        })
    private @Nullable String text;

    @Option(
        names = "--token-id",
        paramLabel = "N",
        converter = Converters.WholeConverter.class,
        description = "The same by its id.")
    private @Nullable Integer id;

    private Object named() {
      return text == null ? Objects.requireNonNull(id) : text;
    }
  }

  @ArgGroup private @Nullable Minus minus;

  /** The token whose logit is subtracted. */
  private static final class Minus {
    @Option(
        names = "--minus",
        paramLabel = "T",
        converter = SamplingOptions.SomeText.class,
        description = "The token whose logit is subtracted from it: \" John\".")
    private @Nullable String text;

    @Option(
        names = "--minus-id",
        paramLabel = "N",
        converter = Converters.WholeConverter.class,
        description = "The same by its id.")
    private @Nullable Integer id;

    private Object named() {
      return text == null ? Objects.requireNonNull(id) : text;
    }
  }

  @Option(
      names = "--neurons",
      paramLabel = "N",
      converter = Converters.CountConverter.class,
      description = "Also the N neurons that add or take most.")
  private int neurons;

  @Option(
      names = "--every-position",
      description = "Also the shares of the same logit at every position of the text.")
  private boolean everyPosition;

  @Spec private CommandSpec spec;

  AttributeCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  void prepare() {
    if (method == Method.WORKSHOP && (neurons > 0 || everyPosition)) {
      throw new ParameterException(
          spec.commandLine(),
          "--method workshop gives heads alone; leave out --neurons and --every-position");
    }
    if (target != null && minus != null && target.named().equals(minus.named())) {
      throw new ParameterException(
          spec.commandLine(),
          "the two tokens are the same, so their difference is 0 everywhere; give two, or leave"
              + " out --minus");
    }
    super.prepare();
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    int at = position == null ? Math.max(0, tokens.length() - (target == null ? 2 : 1)) : position;
    var chosen = target == null ? null : LogitTarget.of(id(model, target.text, target.id));
    var without =
        minus == null ? OptionalInt.empty() : OptionalInt.of(id(model, minus.text, minus.id));
    var plan = LogitAttribution.plan(model);
    boolean hasNeurons = neurons > 0 && !model.config().attentionOnly();
    return lookAt(
        model,
        tokens,
        hasNeurons ? plan.and(LogitAttribution.neuronPlan(model)) : plan,
        run -> {
          var whole = chosen == null ? LogitTarget.ofNextToken(run, at) : chosen;
          var split = new LogitTarget(whole.token(), without);
          var found = LogitAttribution.of(run, 0, at, split, method);
          var next = at + 1 < tokens.length() ? tokens.row(0).get(at + 1) : null;
          List<ScoredNeuron> strongest =
              neurons > 0 ? LogitAttribution.neurons(run, 0, at, split, neurons) : List.of();
          return new AttributionDocument(
              model.config().name(),
              found,
              next,
              strongest.stream().map(AttributionDocument.Neuron::of).toList(),
              everyPosition
                  ? AttributionDocument.ByPosition.of(LogitAttribution.everywhere(run, 0, split))
                  : null);
        });
  }

  private static int id(Transformer model, @Nullable String text, @Nullable Integer id) {
    if (text == null) {
      return Objects.requireNonNull(id);
    }
    return model
        .requireTokenizer("give ids with --token-id and --minus-id")
        .singleContinuation(text);
  }
}
