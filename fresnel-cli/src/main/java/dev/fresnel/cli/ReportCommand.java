package dev.fresnel.cli;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.Progress;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import dev.fresnel.viz.AttentionFigure;
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
      "The attention figure is an explorer: it zooms, overlays heads, shows a token's arcs, sorts"
          + " and filters heads by any detector's score; the key ? lists what the keyboard does.",
      "With --format svg, png or csv, each figure is a file of its own in a folder."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel report --open",
      "  fresnel report --model gpt2 --file story.txt --output story.html",
      "  fresnel report --figures attention,heads --format svg --output pictures",
      "  fresnel report --figures attention --head L1H0 --format png --output pictures",
      "",
      "JSON: model, output, figures (their names), files.",
    })
final class ReportCommand extends TextCommand {
  /** The width of a picture that says no other, in CSS pixels. */
  private static final int WIDTH = 960;

  /** The widths that a picture can have. */
  private static final int LEAST_WIDTH = 100;

  private static final int MOST_WIDTH = 10_000;

  /** From how many weights on a CSV file leaves out small ones that nobody asked for: 37 MB. */
  private static final long MANY_WEIGHTS = 1_000_000;

  /** The least weight of such a file: two decimals, as a page of a long text shows. */
  private static final double LEAST = 0.01;

  /** About how many bytes a line of attention takes; measured on 270 heads over 279 tokens. */
  private static final long LINE = 37;

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

  @Option(
      names = "--head",
      paramLabel = "HEAD",
      converter = SweepConverters.HeadConverter.class,
      description = "The attention figure shows this head alone, such as L5H1.")
  private @Nullable HeadId head;

  @Option(
      names = "--least",
      paramLabel = "0..1",
      converter = Converters.UnitConverter.class,
      description = {
        "CSV of attention leaves out smaller weights. Default: 0, or 0.01 where there are more than"
            + " a million weights."
      })
  private @Nullable Double least;

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
    if (format == Format.HTML && output != null && !OutputFile.isPage(output)) {
      throw wrong(
          "--output expects a page's name, which ends in .html, got '%s'; --format svg, png or csv writes other files, into a folder"
              .formatted(output));
    }
    if (open && format != Format.HTML) {
      throw wrong("--open opens a page; leave it out, or leave out --format");
    }
    if (least != null && format != Format.CSV) {
      throw wrong("--least is for --format csv; leave it out");
    }
    if ((head != null || least != null) && !hasAttention()) {
      throw wrong(
          "--head and --least are of the attention figure; add attention to --figures, or leave"
              + " them out");
    }
    if (figures.names().contains(ReportFigure.TRAINING) && !modelOptions.bundled()) {
      throw wrong(
          "--figures training is of the bundled model, whose training is known; leave out"
              + " training, or --model");
    }
  }

  private boolean hasAttention() {
    return figures.names().isEmpty() || figures.names().contains(ReportFigure.ATTENTION);
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
    var made = new ReportFigures(figures.names(), position, head, training);
    made.requireHead(model);
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
      var figure = format == Format.CSV ? shortened(each.getValue()) : each.getValue();
      figure.write(file, width == null ? WIDTH : width, dark ? Theme.DARK : Theme.LIGHT);
      files.add(file.toString());
    }
    return files;
  }

  /** Attention without its smallest weights, where all of them would make a large file. */
  private Figure shortened(Figure figure) {
    if (!(figure instanceof AttentionFigure attention)) {
      return figure;
    }
    if (least == null && attention.weights() > MANY_WEIGHTS) {
      console.note(
          "attention.csv has the weights of at least %s: all %d would take about %d MB. --least 0 writes them all, --head L0H0 those of one head."
              .formatted(LEAST, attention.weights(), attention.weights() * LINE / 1_000_000));
    }
    return attention.csvFrom(
        least != null ? least : attention.weights() > MANY_WEIGHTS ? LEAST : 0);
  }

  @Override
  void finish() {
    if (open) {
      Browser.open(target(), console);
    }
  }
}
