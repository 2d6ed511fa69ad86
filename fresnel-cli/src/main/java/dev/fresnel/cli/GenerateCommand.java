package dev.fresnel.cli;

import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.generate.GeneratedToken;
import dev.fresnel.generate.Generation;
import dev.fresnel.generate.GenerationBatch;
import dev.fresnel.generate.GenerationOptions;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Continues a text. */
@Command(
    name = "generate",
    description = {
      "Continues a text, and prints each token as soon as it is made.",
      "It ends after --max-new-tokens, at the model's EOS token, at a --stop string,",
      "or where the model's context is full."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel generate --text \"Once upon a time\" --max-new-tokens 32 --greedy",
      "  fresnel generate --model gpt2 --text \"Dear\" --temperature 0.8 --top-k 40",
      "  fresnel generate --tokens 5,6,7,5,6 --greedy --json",
      "  fresnel generate --model gpt2 --prompts prompts.txt --json",
      "  fresnel generate --text \"When the tide\" --output text.html",
      "",
      "The figure of --output is the whole text: each token's log probability, and the",
      "likeliest tokens in its place, before temperature and penalties. With --prompts a",
      "page has a figure for each text; FILE.svg is FILE-0.svg, FILE-1.svg and so on.",
      "",
      "JSON: model, bos, prompt (null without a tokenizer), prompt_tokens [id], text",
      "(what follows the prompt; null without a tokenizer), tokens [id] (the new ones),",
      "end (length, eos, stop_string or context), seed, tokens_per_second. With",
      "--prompts: model, texts [one such document each], tokens_per_second (of all).",
    })
final class GenerateCommand extends TextCommand {
  /** How many of the likeliest tokens the figure shows in each one's place. */
  private static final int LIKELIEST = 10;

  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description = {
        "Continue every line of this file, all at once, and print them at the end. Text i is drawn"
            + " with the seed plus i, counted from 0."
      })
  private @Nullable Path prompts;

  @Spec private CommandSpec spec;
  private @Nullable GenerationOptions options;
  private List<GivenText> lines = List.of();

  GenerateCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  void prepare() {
    options = sampling.read();
    if (prompts == null) {
      super.prepare();
      return;
    }
    if (textOptions.given()) {
      throw new ParameterException(
          spec.commandLine(),
          "--prompts holds the texts; leave out --text, --file, --tokens and --first");
    }
    lines = TextFile.lines(prompts, console);
  }

  @Override
  Tokens tokens(Transformer model) {
    // With --prompts, the first; prompts() has them all.
    return prompts == null ? super.tokens(model) : prompts(model).get(0);
  }

  private List<Tokens> prompts(Transformer model) {
    return lines.stream()
        .map(
            line ->
                line.tokens(model, text -> textOptions.tokens(model, text, showsTokens(), console)))
        .toList();
  }

  @Override
  boolean showsTokens() {
    return false;
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    if (prompts != null) {
      return console.during("Generating", () -> together(model, prompts(model)));
    }
    String prompt = readText(model, tokens);
    return console.json()
        ? console.during("Generating", () -> generate(model, tokens, prompt))
        : generate(model, tokens, prompt);
  }

  private Document together(Transformer model, List<Tokens> texts) {
    var chosen = Objects.requireNonNull(options);
    long start = System.nanoTime();
    try (var batch = GenerationBatch.of(model, texts, chosen)) {
      double seconds = (System.nanoTime() - start) / 1e9;
      var documents = new ArrayList<GenerateDocument>();
      for (int i = 0; i < texts.size(); i++) {
        var made = batch.texts().get(i);
        String prompt = lines.get(i).text();
        documents.add(document(model, texts.get(i), prompt, made, chosen.seed() + i, seconds));
      }
      int count = documents.stream().mapToInt(each -> each.fields().tokens().length).sum();
      return new GenerationsDocument(model.config().name(), documents, count / seconds);
    }
  }

  private GenerateDocument document(
      Transformer model,
      Tokens tokens,
      @Nullable String prompt,
      Generation made,
      long seed,
      double seconds) {
    int[] ids = made.ids();
    var fields =
        new GenerateDocument.Fields(
            model.config().name(),
            tokens.startsWithBos(),
            prompt,
            tokens.ids(0),
            made.text().orElse(null),
            ids,
            made.end().name().toLowerCase(Locale.ROOT),
            seed,
            ids.length / seconds);
    return new GenerateDocument(
        fields, figureOptions.given() ? predictions(model, tokens, ids) : null);
  }

  private Document generate(Transformer model, Tokens tokens, @Nullable String prompt) {
    var chosen = Objects.requireNonNull(options);
    long start = System.nanoTime();
    try (var generation =
        Generation.of(
            model,
            tokens,
            chosen,
            token -> show(prompt == null ? ids(tokens.ids(0)) : prompt, token))) {
      double seconds = (System.nanoTime() - start) / 1e9;
      int[] ids = generation.ids();
      if (generation.end() == Generation.End.CONTEXT) {
        // The text's line ends before a remark; the document itself has nothing more to print.
        console.grow("\n");
        console.note(
            "The model's context of %d tokens is full: it ended after %d of %d new tokens."
                .formatted(model.config().sizes().context(), ids.length, chosen.maxNewTokens()));
      }
      return document(model, tokens, prompt, generation, chosen.seed(), seconds);
    }
  }

  /** What the model expected at each token of the whole text. */
  private static TextPredictions predictions(Transformer model, Tokens prompt, int[] ids) {
    try (var run = model.run(whole(model, prompt, ids))) {
      return TextPredictions.of(run, 0, LIKELIEST);
    }
  }

  /** A prompt and what follows it, as far as the model's context reaches. */
  static Tokens whole(Transformer model, Tokens prompt, int[] ids) {
    var all = IntStream.concat(Arrays.stream(prompt.ids(0)), Arrays.stream(ids));
    int context = model.config().sizes().context();
    return TextOptions.labelled(model, Tokens.of(all.limit(context).toArray()));
  }

  /** Prints the prompt before the first token, when the model is known to accept it. */
  private void show(String prompt, GeneratedToken token) {
    if (token.index() == 0) {
      console.grow(prompt);
    }
    console.grow(token.text() == null ? ids(token.id()) : token.text());
  }

  private static String ids(int... ids) {
    var text = new StringBuilder();
    Arrays.stream(ids).forEach(id -> text.append('#').append(id).append(' '));
    return text.toString();
  }
}
