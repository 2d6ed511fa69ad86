package dev.fresnel.cli;

import dev.fresnel.analysis.patch.AttentionKnockout;
import dev.fresnel.analysis.patch.Measure;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Cuts attention from some tokens to others, in one head or layer at a time. */
@Command(
    name = "knockout",
    description = {
      "Attention knockout: some tokens may not attend to others, in one head or one layer at a"
          + " time. Measures how the prediction at the text's last position changes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel knockout --text \" one two three one\" --from -1 --to 2",
      "  fresnel knockout --model gpt2 --text \"The cat sat on the mat. The cat sat on\"",
      "    --from -1 --to 1 --by layer --answer \" the\" --output knockout.html",
      "  fresnel knockout --model gpt2 --pairs pairs.jsonl --from -1 --to 2",
      "",
      "Positions count from 0, BOS included; negative ones count from the end. Measured",
      "is KL(unchanged || run) of all next tokens, in nats; with --answer its log",
      "probability, and with --wrong too, logit(answer) - logit(wrong).",
      "",
      "JSON: experiment, model, what, by, method (the edges), metric, axes",
      "[{name, labels}], values, clean (the metric with no edge cut), change (values",
      "less clean), texts, tokens; of many texts standard_error and interval as of",
      "'fresnel patch'. Values are [layer][head], or [layer] with --by layer.",
    })
final class KnockoutCommand extends TextCommand {
  @Mixin private final SweepOptions sweepOptions = new SweepOptions();
  @Mixin private final MemoryOption memory = new MemoryOption();

  @Option(
      names = "--from",
      paramLabel = "POSITIONS",
      converter = PositionsConverter.class,
      description = "The tokens that attend: positions such as 14 or 3,5-8 or -1, the last.")
  private PositionsConverter.@Nullable Positions from;

  @Option(
      names = "--to",
      paramLabel = "POSITIONS",
      converter = PositionsConverter.class,
      description = "The tokens that they may not attend to.")
  private PositionsConverter.@Nullable Positions to;

  @Option(
      names = "--by",
      paramLabel = "head|layer",
      converter = SweepConverters.KnockoutByConverter.class,
      description =
          "Where edges are cut, one at a time: a head, or all heads of a layer. Default: head.")
  private AttentionKnockout.By by = AttentionKnockout.By.HEAD;

  @Mixin private final AnswerOptions answers = new AnswerOptions();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "Many texts, one a line, in place of --text.")
  private @Nullable Path data;

  @Option(
      names = "--pairs",
      paramLabel = "FILE",
      description = {
        "Many texts with their answers, a JSON object a line, as of 'fresnel patch': {\"clean\": …,"
            + " \"answer\": …, \"wrong\": …}. Its corrupted texts are not read."
      })
  private @Nullable Path pairs;

  @Spec private CommandSpec spec;

  private List<GivenPair> given = List.of();
  private List<GivenText> lines = List.of();

  KnockoutCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  void prepare() {
    sweepOptions.prepare();
    answers.requireOnce();
    boolean many = data != null || pairs != null;
    if (sweepOptions.reads()) {
      return;
    }
    if (from == null || to == null) {
      throw misused(
          "--from and --to name the edges that are cut; give both, such as --from -1 --to 3,5-8");
    }
    if (answers.compared() && !answers.answered()) {
      throw misused("--wrong is compared with an answer; give --answer too");
    }
    if (data != null && pairs != null || many && textOptions.given()) {
      throw misused("give the texts by one of --text, --file, --tokens, --data and --pairs");
    }
    if (pairs != null) {
      if (answers.given()) {
        throw misused("--pairs holds the answers; leave out --answer and --wrong");
      }
      given = GivenPair.read(pairs, console);
    } else if (data != null) {
      lines = TextFile.lines(data, console);
    } else {
      super.prepare();
    }
  }

  private ParameterException misused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  @Override
  SweepOptions sweep() {
    return sweepOptions;
  }

  @Override
  Tokens tokens(Transformer model) {
    // With many texts, the first; texts() has them all.
    return data == null && pairs == null
        ? super.tokens(model)
        : pairs == null ? line(model, lines.get(0)) : given.get(0).cleanAlone(model).clean();
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    var texts = texts(model, tokens);
    var knockout =
        AttentionKnockout.of(model, positions(from, texts), positions(to, texts))
            .by(by)
            .measure(measure(texts))
            .memory(memory.bytes());
    memory.sayPeak(console, knockout.peakBytes(PairOptions.longest(texts)));
    return sweepOptions.shown(
        sweepOptions.run(
            console,
            "Cutting attention of " + model.config().name(),
            (stopped, progress) -> knockout.resume(stopped, texts, progress)));
  }

  private List<PromptPair> texts(Transformer model, Tokens tokens) {
    if (pairs != null) {
      return given.stream().map(pair -> pair.cleanAlone(model)).toList();
    }
    var all =
        data == null ? List.of(tokens) : lines.stream().map(line -> line(model, line)).toList();
    int answer = answers.answer(model);
    int wrong = answers.wrong(model);
    return all.stream().map(text -> new PromptPair(text, text, answer, wrong)).toList();
  }

  private Tokens line(Transformer model, GivenText line) {
    return line.tokens(model, text -> textOptions.tokens(model, text, true, console));
  }

  /** What names a text of a file in an error; empty for the one text of an option. */
  private String where(int text) {
    return pairs != null ? given.get(text).where() : data != null ? lines.get(text).where() : "";
  }

  /** Whether all texts have a token; refuses those of which only some have it. */
  private static boolean all(List<PromptPair> texts, ToIntFunction<PromptPair> token, String what) {
    long with = texts.stream().filter(text -> token.applyAsInt(text) != PromptPair.NONE).count();
    if (with > 0 && with < texts.size()) {
      throw new FresnelException(
          "some pairs have %s and some have none; give every line one, or none".formatted(what));
    }
    return with > 0;
  }

  /** What the answers allow to measure. */
  private static Measure measure(List<PromptPair> texts) {
    boolean compared = all(texts, PromptPair::wrong, "a wrong token");
    if (all(texts, PromptPair::answer, "an answer")) {
      return compared ? Measure.logitDifference() : Measure.logProbability();
    }
    if (compared) {
      throw new FresnelException("a wrong token is compared with an answer; give every line one");
    }
    return Measure.klDivergence();
  }

  /** The positions, which have to be the same ones in all texts. */
  private List<Integer> positions(PositionsConverter.Positions given, List<PromptPair> texts) {
    var positions = positions(given, texts, 0);
    for (int text = 1; text < texts.size(); text++) {
      if (!positions(given, texts, text).equals(positions)) {
        throw new FresnelException(
            "edges are cut at the same positions of every text; %s has %d tokens and %s has %d, so %s, counted from the end, differ: count them from 0, or give texts of one length"
                .formatted(
                    where(0),
                    texts.get(0).length(),
                    where(text),
                    texts.get(text).length(),
                    given.given()));
      }
    }
    return positions;
  }

  private List<Integer> positions(
      PositionsConverter.Positions given, List<PromptPair> texts, int text) {
    return GivenText.named(where(text), () -> given.in(texts.get(text).length()));
  }
}
