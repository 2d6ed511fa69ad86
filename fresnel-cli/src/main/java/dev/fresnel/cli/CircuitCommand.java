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

/** Reads a head's circuit from token to token, or an MLP's directions, off the weights. */
@Command(
    name = "circuit",
    description = {
      "Reads what a head does from token to token off its weights alone: for which pairs of tokens"
          + " its number is greatest, or which directions it writes, read through the unembedding.",
      "With --mlp: the directions that an MLP writes or reads. Without either: how much each head"
          + " copies, from -1 to 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel circuit",
      "  fresnel circuit --head L1H0",
      "  fresnel circuit --model gpt2 --head L9H9 --what qk --top 20",
      "  fresnel circuit --head L1H0 --singular 3 --output directions.html",
      "  fresnel circuit --model gpt2 --mlp 1 --what w_in --singular 5",
      "",
      "JSON: model, what, scores [layer][head]; with --head: model, what, head, score",
      "(the sum of the eigenvalues, divided by that of their magnitudes: 1 for a head",
      "that copies), eigenvalues [{real, imaginary}] from token to token, pairs [{from",
      "{id, text, piece}, to {id, text, piece}, value}] or null, directions [{value,",
      "raised [{id, text, piece, logit}], lowered [as raised]}] or null. A pair's value",
      "is what is added to a logit (ov), or query times key (qk). With --mlp: model,",
      "what, layer, directions.",
    })
final class CircuitCommand extends ModelCommand {
  /** Pairs, and tokens of a direction, that are listed unless the command says otherwise. */
  private static final int PAIRS = 10;

  private static final int TOKENS = 5;

  /** An MLP's directions that are listed unless the command says otherwise. */
  private static final int DIRECTIONS = 3;

  /** The matrices that can be read. */
  enum What {
    OV,
    QK,
    W_OUT,
    W_IN;

    boolean ofHead() {
      return this == OV || this == QK;
    }
  }

  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--head",
      paramLabel = "L5H1",
      converter = SweepConverters.HeadConverter.class,
      description = "The head. Default: the copying scores of all heads.")
  private @Nullable HeadId head;

  @Option(
      names = "--mlp",
      paramLabel = "LAYER",
      converter = Converters.LayerConverter.class,
      description =
          "The MLP of this layer, counted from 0, in place of a head: its directions, as many as"
              + " --singular says.")
  private @Nullable Integer mlp;

  @Option(
      names = "--what",
      paramLabel = "ov|qk|w_out|w_in",
      converter = Converters.CircuitConverter.class,
      description = {
        "Of a head: ov, the default: what attending to a token adds to the logits of tokens; qk:"
            + " which token looks for which. Neither counts norms or positions. Of an MLP: w_out,"
            + " the default: what it writes; w_in: what it reads."
      })
  private @Nullable What what;

  @Option(
      names = "--top",
      paramLabel = "N",
      converter = Converters.CountConverter.class,
      description = {
        "How many pairs to list; of directions, how many tokens each raises and lowers. At most"
            + " 1000. Default: 10; of directions 5."
      })
  private @Nullable Integer top;

  @Option(
      names = "--singular",
      paramLabel = "K",
      converter = Converters.CountConverter.class,
      description = {
        "Instead of pairs: the K directions that the head writes most (the right singular vectors"
            + " of W_V W_O), and the tokens whose logits each raises and lowers. With --mlp the"
            + " singular vectors of W_out or W_in; default 3."
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
    if (head != null && mlp != null) {
      throw mistake("--head and --mlp are two things to read; leave one out");
    }
    if (head == null && mlp == null && (top != null || singular != null || what == What.QK)) {
      throw mistake(
          "--what qk, --top and --singular are about one head or MLP; add --head, such as --head"
              + " L1H0, or --mlp");
    }
    if (what != null && what.ofHead() == (mlp != null)) {
      throw mistake(
          what.ofHead()
              ? "--what ov and qk are of a head; with --mlp it is w_out or w_in"
              : "--what w_out and w_in are of an MLP; add --mlp, such as --mlp 1, not --head");
    }
    if (top != null && top > TokenPairs.MOST) {
      throw mistake("--top is at most %d, got %d".formatted(TokenPairs.MOST, top));
    }
    if (singular != null && what == What.QK) {
      throw mistake(
          "--singular reads what a head writes, which --what qk has none of; leave one out");
    }
  }

  private ParameterException mistake(String said) {
    return new ParameterException(spec.commandLine(), said);
  }

  @Override
  Document answer(Transformer model) {
    return console.during("Reading the weights of " + model.config().name(), () -> read(model));
  }

  private Document read(Transformer model) {
    if (head != null) {
      return ofHead(model, head);
    }
    if (mlp != null) {
      return ofMlp(model, mlp);
    }
    return new CopyingDocument(model.config().name(), "ov", Copying.scores(model).toArray());
  }

  private Document ofHead(Transformer model, HeadId head) {
    var kind = what == What.QK ? CircuitKind.QK : CircuitKind.OV;
    var eigenvalues = CircuitEigenvalues.of(model, kind, head);
    return new CircuitDocument(
        model.config().name(),
        kind,
        head,
        eigenvalues,
        singular != null ? null : TokenBlock.of(model, kind, head, top == null ? PAIRS : top),
        singular == null
            ? null
            : SingularVectors.table(model, head, singular, top == null ? TOKENS : top));
  }

  private Document ofMlp(Transformer model, int layer) {
    boolean reads = what == What.W_IN;
    int count = singular == null ? DIRECTIONS : singular;
    int tokens = top == null ? TOKENS : top;
    return new MlpDocument(
        model.config().name(),
        reads,
        layer,
        reads
            ? SingularVectors.tableReadByMlp(model, layer, count, tokens)
            : SingularVectors.tableWrittenByMlp(model, layer, count, tokens));
  }
}
