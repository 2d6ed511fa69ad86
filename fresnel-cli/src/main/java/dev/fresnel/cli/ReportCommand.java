package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.Progress;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.Report;
import dev.fresnel.viz.Theme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes everything about one text to one page, or each figure to a file of its own. */
@Command(
    name = "report",
    description = {
      "Writes one HTML page that needs no network: the tokens, the attention of every head, head"
          + " scores, what each head contributes to the next token's logit, a logit lens, and, for"
          + " the bundled model, how its heads formed in training.",
      "With --format svg, png or csv, each figure is a file of its own in a folder."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel report --open",
      "  fresnel report --model gpt2 --file story.txt --output story.html",
      "  fresnel report --figures attention,heads --format svg --output pictures",
      "",
      "JSON: model, output, figures (their names), files.",
    })
final class ReportCommand extends TextCommand {
  /** The width of a picture that says no other, in CSS pixels. */
  private static final int WIDTH = 960;

  /** The widths that a picture can have. */
  private static final int LEAST_WIDTH = 100;

  private static final int MOST_WIDTH = 10_000;

  /** What is written. */
  enum Format {
    HTML,
    SVG,
    PNG,
    CSV
  }

  @Option(
      names = "--figures",
      paramLabel = "NAMES",
      converter = Converters.FiguresConverter.class,
      description = {
        "Only these, in this order, separated by commas: tokens, attention, heads, attribution,"
            + " lens, training, and these, which are left out unless named: predictions,"
            + " performance, bars, waterfall, neurons."
      })
  private Converters.Figures figures = new Converters.Figures(List.of());

  @Option(
      names = "--format",
      paramLabel = "F",
      converter = Converters.FormatConverter.class,
      description = {
        "html, the default: one page; svg, png or csv: one file per figure, in the folder that"
            + " --output names."
      })
  private Format format = Format.HTML;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      description = "The page or the folder to write. Default: report.html, or report.")
  private @Nullable Path output;

  @Option(
      names = "--width",
      paramLabel = "PIXELS",
      converter = Converters.CountConverter.class,
      description = "The width of SVG and PNG pictures, 100 to 10000. Default: 960.")
  private @Nullable Integer width;

  @Option(names = "--dark", description = "SVG and PNG pictures are light on dark.")
  private boolean dark;

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

  @Spec private CommandSpec spec;
  private final Histories histories;

  ReportCommand(Console console, Models models, Histories histories) {
    super(console, models);
    this.histories = histories;
  }

  /** The result of {@code report}. */
  private record Written(String model, String output, List<String> figures, List<String> files)
      implements Document {
    @Override
    public String text() {
      return String.join("\n", files);
    }
  }

  @Override
  void prepare() {
    requireFitting();
    if (format == Format.HTML) {
      OutputFile.requireWritable(target());
    } else {
      OutputFile.requireFolder(target());
    }
    super.prepare();
  }

  /** Requires options that go together. */
  private void requireFitting() {
    boolean picture = format == Format.SVG || format == Format.PNG;
    if (!picture && (width != null || dark)) {
      throw wrong("--width and --dark are for --format svg and png; leave them out");
    }
    if (width != null && (width < LEAST_WIDTH || width > MOST_WIDTH)) {
      throw wrong(
          "--width expects %d to %d pixels; got %d".formatted(LEAST_WIDTH, MOST_WIDTH, width));
    }
    if (open && format != Format.HTML) {
      throw wrong("--open opens a page; leave it out, or leave out --format");
    }
    if (figures.names().contains(ReportFigure.TRAINING) && !modelOptions.bundled()) {
      throw wrong(
          "--figures training is of the bundled model, whose training is known; leave out"
              + " training, or --model");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Path target() {
    return output != null ? output : Path.of(format == Format.HTML ? "report.html" : "report");
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    var training = modelOptions.bundled() ? histories.bundled() : List.<TrainingCurves>of();
    var made = new ReportFigures(figures.names(), position, training);
    var plan = made.plan(model);
    int steps = made.chosen().size() + 1;
    return lookAt(
        model,
        tokens,
        plan,
        (run, progress) -> {
          var all = made.of(run, progress, steps);
          if (all.isEmpty()) {
            throw new FresnelException(
                "the bundled model's history is not on the class path, so there is no figure to"
                    + " write; leave out --figures");
          }
          progress.at("writing", steps - 1, steps);
          var files =
              format == Format.HTML
                  ? page(run, all, ReportFooter.of(run, plan))
                  : files(all, progress, steps);
          var names = all.keySet().stream().map(ReportFigure::label).toList();
          return new Written(model.config().name(), target().toString(), names, files);
        });
  }

  private List<String> page(
      Run run, Map<ReportFigure, Figure> all, Map<String, String> provenance) {
    var report = Report.titled(run.model().config().name());
    all.values().forEach(report::add);
    report.provenance(provenance).write(target());
    return List.of(target().toString());
  }

  private List<String> files(Map<ReportFigure, Figure> all, Progress progress, int steps) {
    OutputFile.makeFolder(target());
    var files = new ArrayList<String>();
    for (var each : all.entrySet()) {
      var name = each.getKey().label() + "." + format.name().toLowerCase(Locale.ROOT);
      progress.at("writing " + name, steps - 1, steps);
      var file = target().resolve(name);
      each.getValue().write(file, width == null ? WIDTH : width, dark ? Theme.DARK : Theme.LIGHT);
      files.add(file.toString());
    }
    return files;
  }

  @Override
  void finish() {
    if (open) {
      Browser.open(target(), console);
    }
  }
}
