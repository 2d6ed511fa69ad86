package dev.fresnel.cli;

import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Attributes the logit of the token that really comes next to heads and other components. */
@Command(
    name = "attribute",
    description =
        "Takes apart the logit of the token that really comes next: the share of each head.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel attribute",
      "  fresnel attribute --model gpt2 --file story.txt --position 14",
      "  fresnel attribute --method workshop --json",
      "",
      "JSON: model, position, token {id, text}, next_token, method, scores [layer][head],",
      "components [{name, score}], logit. Direct scores and components add up to the logit.",
    })
final class AttributeCommand extends TextCommand {
  @Option(
      names = "--position",
      paramLabel = "N",
      converter = Converters.PositionConverter.class,
      description = "The position that predicts. Default: the last that has a next token.")
  private @Nullable Integer position;

  @Option(
      names = "--method",
      paramLabel = "direct|workshop",
      converter = Converters.MethodConverter.class,
      description = {
        "direct, the default: through the final norm, so that all shares add up to the logit;"
            + " workshop: each head's result through the unembedding with its bias, without the norm."
      })
  private Method method = Method.DIRECT;

  AttributeCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    int at = position == null ? Math.max(0, tokens.length() - 2) : position;
    var plan = RunPlan.capture(HookKind.Z, HookKind.MLP_OUT);
    return lookAt(
        model,
        tokens,
        plan,
        run -> AttributionDocument.of(model, LogitAttribution.ofNextToken(run, at, method)));
  }
}
