package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.Report;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option that writes a result's figure to a file. */
final class FigureOptions {
  /** The endings of a figure's file that {@link Figure#write(Path)} knows. */
  private static final Set<String> ENDINGS = Set.of("html", "htm", "svg", "png", "csv", "txt");

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = {
        "Write the figure to this file, by its ending: a page (.html), a picture (.svg or .png), a"
            + " table of the numbers (.csv) or text (.txt)."
      })
  private @Nullable Path file;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** Whether a figure is asked for. */
  boolean given() {
    return file != null;
  }

  /** Checks where the figure goes. */
  void prepare() {
    if (file == null) {
      return;
    }
    if (!ENDINGS.contains(ending(file))) {
      throw new ParameterException(
          spec.commandLine(),
          "--output expects a file that ends in .html, .svg, .png, .csv or .txt, got '%s'"
              .formatted(file));
    }
    OutputFile.requireWritable(file);
  }

  /** Writes the figure, where the option asks for it. */
  void write(Document document, String model) {
    if (file == null) {
      return;
    }
    var figure =
        document
            .wholeFigure()
            .orElseThrow(
                () ->
                    new FresnelException(
                        "this result has no figure; leave out --output, or take --json for its"
                            + " numbers"));
    if (ending(file).startsWith("htm")) {
      Report.titled(figure.title() + ": " + model)
          .add(figure)
          .provenance(Map.of("model", model))
          .write(file);
    } else {
      figure.write(file);
    }
  }

  /** A file's ending in small letters, without its point. */
  static String ending(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
