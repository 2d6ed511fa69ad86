package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.viz.Figure;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws training histories as a picture. */
@Command(
    name = "curves",
    description = {
      "Draws the losses and head scores of training runs, and where induction heads formed, as an"
          + " SVG or PNG file."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel curves --output curves.svg",
      "  fresnel curves --history toy --output toy.png",
      "  fresnel curves --history a --history b/history.jsonl --output both.svg",
      "",
      "JSON: output, runs [{name, measurements, tokens, formed}].",
      "'formed' is the number of training tokens at which a head's induction score was",
      "first measured as 0.5 or more; null if it never was.",
    })
final class CurvesCommand implements Runnable {
  @Mixin private final OutputOptions options = new OutputOptions();
  private final Console console;
  private final Histories histories;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = {
        "A history.jsonl that 'fresnel train' wrote, or its folder. Repeat the option to draw"
            + " several runs side by side. Default: the training of the bundled model."
      })
  private List<Path> files = List.of();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      converter = Converters.PictureConverter.class,
      description = "The picture to write; its name must end in .svg or .png.")
  private Converters.Picture output;

  CurvesCommand(Console console, Histories histories) {
    this.console = console;
    this.histories = histories;
  }

  /** The result of {@code curves}. */
  private record Drawn(String output, List<OneRun> runs) implements Document {
    /** One run. */
    private record OneRun(String name, int measurements, long tokens, @Nullable Long formed) {
      static OneRun of(TrainingCurves run) {
        var measured = run.measured();
        var formed = run.formed();
        return new OneRun(
            run.name(),
            measured.size(),
            measured.get(measured.size() - 1).tokens(),
            formed.isPresent() ? measured.get(formed.getAsInt()).tokens() : null);
      }

      String text() {
        return formed == null
            ? String.format(
                Locale.ROOT,
                "%s: induction below 0.5 up to %,d tokens",
                Visible.message(name),
                tokens)
            : String.format(
                Locale.ROOT, "%s: induction 0.5 at %,d tokens", Visible.message(name), formed);
      }
    }

    @Override
    public String text() {
      return output + "\n" + String.join("\n", runs.stream().map(OneRun::text).toList());
    }
  }

  @Override
  public void run() {
    console.use(options);
    OutputFile.requireWritable(output.file());
    var runs = files.isEmpty() ? bundled() : files.stream().map(Histories::read).toList();
    var figure = Figure.curves(TrainingCurves.drawn(runs));
    if (output.vector()) {
      figure.writeSvg(output.file());
    } else {
      figure.writePng(output.file());
    }
    console.show(new Drawn(output.file().toString(), runs.stream().map(Drawn.OneRun::of).toList()));
  }

  private List<TrainingCurves> bundled() {
    var runs = histories.bundled();
    if (runs.isEmpty()) {
      throw new FresnelException(
          "the bundled model's history is not on the class path; add the artifact"
              + " dev.fresnel:fresnel-models, or name one that 'fresnel train' wrote with"
              + " --history FILE");
    }
    return runs;
  }
}
