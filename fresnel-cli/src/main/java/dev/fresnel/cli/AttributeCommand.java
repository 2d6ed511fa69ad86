package dev.fresnel.cli;

import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Attributes the logit of the token that really comes next to heads and other components. */
@Command(
    name = "attribute",
    description = "Splits the logit of the actual next token into the share of each head.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel attribute",
      "  fresnel attribute --model gpt2 --file story.txt --position 14",
      "  fresnel attribute --method workshop --json",
      "",
      "JSON: model, position, token {id, text, piece}, next_token, method,",
      "scores [layer][head], components [{name, score}], logit.",
      "With --method direct, scores and components add up to the logit.",
    })
final class AttributeCommand extends TextCommand {
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

  AttributeCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    int at = position == null ? Math.max(0, tokens.length() - 2) : position;
    return lookAt(
        model,
        tokens,
        LogitAttribution.plan(model),
        run -> AttributionDocument.of(model, LogitAttribution.ofNextToken(run, at, method)));
  }
}
