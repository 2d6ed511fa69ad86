package dev.fresnel.cli;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.CircuitEigenvalues;
import dev.fresnel.analysis.circuit.CircuitKind;
import dev.fresnel.analysis.circuit.Copying;
import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.analysis.circuit.TokenBlock;
import dev.fresnel.analysis.circuit.TokenPairs;
import dev.fresnel.model.Transformer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads a head's circuit from token to token off its weights. */
@Command(
    name = "circuit",
    description = {
      "Reads what a head does from token to token off its weights alone: for which pairs of tokens"
          + " its number is greatest, or which directions it writes, read through the unembedding.",
      "Without --head: how much each head copies, from -1 to 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel circuit",
      "  fresnel circuit --head L1H0",
      "  fresnel circuit --model gpt2 --head L9H9 --what qk --top 20",
      "  fresnel circuit --head L1H0 --singular 3 --output directions.html",
      "",
      "JSON: model, what, scores [layer][head]; with --head: model, what, head, score",
      "(the sum of the eigenvalues, divided by that of their magnitudes: 1 for a head",
      "that copies), eigenvalues [{real, imaginary}] from token to token, pairs [{from",
      "{id, text, piece}, to {id, text, piece}, value}] or null, directions [{value,",
      "raised [{id, text, piece, logit}], lowered [as raised]}] or null. A pair's value",
      "is what is added to a logit (ov), or query times key (qk).",
    })
final class CircuitCommand extends ModelCommand {
  /** Pairs, and tokens of a direction, that are listed unless the command says otherwise. */
  private static final int PAIRS = 10;

  private static final int TOKENS = 5;

  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--head",
      paramLabel = "L5H1",
      converter = SweepConverters.HeadConverter.class,
      description = "The head. Default: the copying scores of all heads.")
  private @Nullable HeadId head;

  @Option(
      names = "--what",
      paramLabel = "ov|qk",
      converter = Converters.CircuitConverter.class,
      description = {
        "ov, the default: what attending to a token adds to the logits of tokens; qk: which token"
            + " looks for which. Neither counts norms or positions."
      })
  private CircuitKind what = CircuitKind.OV;

  @Option(
      names = "--top",
      paramLabel = "N",
      converter = Converters.CountConverter.class,
      description = {
        "How many pairs to list; with --singular, how many tokens a direction raises and lowers."
            + " At most 1000. Default: 10; with --singular 5."
      })
  private @Nullable Integer top;

  @Option(
      names = "--singular",
      paramLabel = "K",
      converter = Converters.CountConverter.class,
      description = {
        "Instead of pairs: the K directions that the head writes most (the right singular vectors"
            + " of W_V W_O), and the tokens whose logits each raises and lowers."
      })
  private @Nullable Integer singular;

  @Spec private CommandSpec spec;

  CircuitCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  void prepare() {
    if (head == null && (top != null || singular != null || what == CircuitKind.QK)) {
      throw new ParameterException(
          spec.commandLine(),
          "--what qk, --top and --singular are about one head; add --head, such as --head L1H0");
    }
    if (top != null && top > TokenPairs.MOST) {
      throw new ParameterException(
          spec.commandLine(), "--top is at most %d, got %d".formatted(TokenPairs.MOST, top));
    }
    if (singular != null && what == CircuitKind.QK) {
      throw new ParameterException(
          spec.commandLine(),
          "--singular reads what a head writes, which --what qk has none of; leave one out");
    }
  }

  @Override
  Document answer(Transformer model) {
    return console.during(
        "Reading the weights of " + model.config().name(),
        () ->
            head == null
                ? new CopyingDocument(model.config().name(), "ov", Copying.scores(model).toArray())
                : ofHead(model, head));
  }

  private Document ofHead(Transformer model, HeadId head) {
    var eigenvalues = CircuitEigenvalues.of(model, what, head);
    return new CircuitDocument(
        model.config().name(),
        what,
        head,
        eigenvalues,
        singular != null ? null : TokenBlock.of(model, what, head, top == null ? PAIRS : top),
        singular == null
            ? null
            : SingularVectors.table(model, head, singular, top == null ? TOKENS : top));
  }
}
