package dev.fresnel.cli;

import dev.fresnel.analysis.FollowedLens;
import dev.fresnel.analysis.NextTokens;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what the model would predict if it stopped before each layer. */
@Command(
    name = "lens",
    description = {
      "Shows what the model would predict if it stopped before each layer (a logit lens): the"
          + " likeliest token, how sure it is, how far from the final prediction, and where one"
          + " token stands."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel lens",
      "  fresnel lens --model gpt2 --text \"The sun rises in the\" --token \" morning\"",
      "  fresnel lens --text \"When the tide\" --output lens.html",
      "",
      "Entropy is in nats: 0 where one token is certain. KL is the Kullback-Leibler",
      "divergence of the stage's prediction from the final one, in nats. A stage is the",
      "residual stream before a layer (0_pre), or its end (final_post).",
      "",
      "JSON: model, bos, position, tokens [{id, text, piece}], stages [name], entropies",
      "and divergences [stage][position], predictions [stage][position][{rank, id, text,",
      "piece, logit, probability}], followed {token {id, text, piece}, ranks, logits and",
      "probabilities [stage][position]}.",
    })
final class LensCommand extends TextCommand {
  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--position",
      paramLabel = "N",
      converter = Converters.PositionConverter.class,
      description = "The position that is printed. Default: the last. JSON has all.")
  private @Nullable Integer position;

  @Option(
      names = "--top",
      paramLabel = "K",
      converter = Converters.CountConverter.class,
      description = "How many tokens of each stage go into JSON and figure. Default: 5.")
  private int top = 5;

  @ArgGroup private @Nullable Followed followed;

  /** The token whose rank is shown. */
  private static final class Followed {
    @Option(
        names = "--token",
        paramLabel = "T",
        converter = SamplingOptions.SomeText.class,
        description = {
          "The token to follow through the stages, with its space: \" Mary\". Default: the"
              + " likeliest at the end."
        })
    private @Nullable String text;

    @Option(
        names = "--token-id",
        paramLabel = "N",
        converter = Converters.WholeConverter.class,
        description = "The same by its id.")
    private @Nullable Integer id;
  }

  LensCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    int at = positionOrLast(position, tokens);
    Integer given = followed == null ? null : id(model, followed);
    return lookAt(model, tokens, FollowedLens.plan(), run -> read(run, at, given));
  }

  private Document read(Run run, int at, @Nullable Integer given) {
    int id = given == null ? NextTokens.of(run, at, 1).get(0).token().id() : given;
    return new LensDocument(
        run.model().config().name(),
        run.tokens().startsWithBos(),
        at,
        FollowedLens.of(run, 0, top, id));
  }

  private static int id(Transformer model, Followed token) {
    if (token.text == null) {
      return Objects.requireNonNull(token.id);
    }
    return model.requireTokenizer("give its id with --token-id").singleContinuation(token.text);
  }
}
