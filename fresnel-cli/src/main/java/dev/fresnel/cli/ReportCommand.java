package dev.fresnel.cli;

import dev.fresnel.analysis.AttentionPatterns;
import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.ValueNorms;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.Progress;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.Report;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes everything about one text to one page. */
@Command(
    name = "report",
    description = {
      "Writes one HTML page that needs no network: the tokens, the attention of every head, head"
          + " scores, what each head contributes to the next token's logit, a logit lens, and, for"
          + " the bundled model, how its heads formed in training."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel report --open",
      "  fresnel report --model gpt2 --file story.txt --output story.html",
      "",
      "JSON: model, output.",
    })
final class ReportCommand extends TextCommand {
  private static final int LENS_DEPTH = 5;

  /** The steps of progress: losses, attention, head scores, logit lens, writing. */
  private static final int STEPS = 5;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "The page to write. Default: report.html.")
  private Path file = Path.of("report.html");

  @Option(
      names = "--position",
      paramLabel = "N",
      converter = Converters.PositionConverter.class,
      description = {
        "The position to predict from. Default: the last with a next token. Without this option, a"
            + " next token that the model cannot predict leaves that figure out."
      })
  private @Nullable Integer position;

  @Option(names = "--open", description = "Open the page in the browser.")
  private boolean open;

  private final Histories histories;

  ReportCommand(Console console, Models models, Histories histories) {
    super(console, models);
    this.histories = histories;
  }

  /** The result of {@code report}. */
  private record Written(String model, String output) implements Document {
    @Override
    public String text() {
      return output;
    }
  }

  @Override
  void prepare() {
    OutputFile.requireWritable(file);
    super.prepare();
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    var plan = plan(model);
    return lookAt(
        model,
        tokens,
        plan,
        (run, progress) -> {
          var report = report(run, plan, progress);
          progress.at("writing the page", STEPS - 1, STEPS);
          report.write(file);
          return new Written(model.config().name(), file.toString());
        });
  }

  private static RunPlan plan(Transformer model) {
    return AttentionPatterns.plan()
        .and(ValueNorms.plan())
        .and(LogitAttribution.plan(model))
        .and(LogitLens.plan());
  }

  private Report report(Run run, RunPlan plan, Progress progress) {
    var model = run.model();
    var report = Report.titled(model.config().name());
    progress.at("losses", 0, STEPS);
    report.add(Figure.colouredTokens(run.tokens().row(0), losses(run), "loss"));
    var patterns = AttentionPatterns.of(run);
    progress.at("attention", 1, STEPS);
    report.add(Figure.attention(patterns).weighted(ValueNorms.of(run)));
    progress.at("head scores", 2, STEPS);
    var scores = new ArrayList<>(HeadDetector.scores(HeadDetector.all(), patterns));
    Collections.rotate(scores, 1); // induction, the last one, is what most readers look for
    report.add(Figure.heads(scores));
    if (position != null || isPredicted(run)) {
      int at = position == null ? run.tokens().length() - 2 : position;
      report.add(Figure.attribution(LogitAttribution.ofNextToken(run, at)));
    }
    progress.at("logit lens", 3, STEPS);
    report.add(Figure.lens(LogitLens.of(run, LENS_DEPTH)));
    if (modelOptions.bundled()) {
      var runs = histories.bundled();
      if (!runs.isEmpty()) {
        report.add(Figure.curves(TrainingCurves.drawn(runs)));
      }
    }
    return report.provenance(ReportFooter.of(run, plan));
  }

  /** Whether the last token has one before it, and is one that the model predicts. */
  private static boolean isPredicted(Run run) {
    int last = run.tokens().length() - 1;
    return last > 0 && run.tokens().id(0, last) < run.model().config().sizes().vocabularyOut();
  }

  /** The loss of every token; NaN for the first, and for those that the model does not predict. */
  private static double[] losses(Run run) {
    float[] known = run.lossPerToken()[0];
    var losses = new double[known.length + 1];
    losses[0] = Double.NaN;
    for (int i = 0; i < known.length; i++) {
      losses[i + 1] = known[i];
    }
    return losses;
  }

  @Override
  void finish() {
    if (open) {
      Browser.open(file, console);
    }
  }
}
