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
    var figures = document.wholeFigures();
    if (figures.isEmpty()) {
      throw new FresnelException(
          "this result has no figure; leave out --output, or take --json for its numbers");
    }
    if (ending(file).startsWith("htm")) {
      var report = Report.titled(figures.get(0).title() + ": " + model);
      figures.forEach(report::add);
      report.provenance(Map.of("model", model)).write(file);
    } else if (figures.size() == 1) {
      figures.get(0).write(file);
    } else {
      for (int i = 0; i < figures.size(); i++) {
        figures.get(i).write(numbered(i));
      }
    }
  }

  /** {@code text.svg} gives {@code text-0.svg}. */
  private Path numbered(int number) {
    String name = file.getFileName().toString();
    int ending = name.lastIndexOf('.');
    return file.resolveSibling(name.substring(0, ending) + "-" + number + name.substring(ending));
  }

  /** A file's ending in small letters, without its point. */
  static String ending(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
