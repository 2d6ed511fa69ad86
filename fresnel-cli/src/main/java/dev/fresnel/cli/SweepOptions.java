package dev.fresnel.cli;

import dev.fresnel.analysis.patch.EdgePatching;
import dev.fresnel.analysis.patch.Sweep;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.Report;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every sweep: where its results go, and how it goes on where it was stopped. */
final class SweepOptions {
  /** How many edges a picture shows; each gives at most a row and a column. */
  private static final int SHOWN_EDGES = 60;

  /** Endings of files that hold the map alone. */
  private static final Set<String> MAPS = Set.of("svg", "png", "txt");

  /**
   * Options that say where saved results go, or how they are shown, and the model, which results
   * name themselves; all others are of a run.
   */
  private static final Set<String> BESIDE_SAVED =
      Set.of(
          "--saved",
          "--output",
          "--csv",
          "--save",
          "--check",
          "--json",
          "--quiet",
          "--verbose",
          "--model");

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = {
        "Write the heat map with its tokens to this HTML page; or the map alone, where the name"
            + " ends in .svg, .png or .txt."
      })
  private @Nullable Path page;

  @Option(names = "--csv", paramLabel = "FILE", description = "Write a line per cell to this file.")
  private @Nullable Path csv;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Write the results as JSON, which --saved reads.")
  private @Nullable Path save;

  @Option(
      names = "--saved",
      paramLabel = "FILE",
      description = "Show results that --save wrote, without running anything.")
  private @Nullable Path saved;

  @Option(
      names = "--resume",
      description = {
        "Go on with the sweep in the file of --save, where it was stopped; begin where there is no"
            + " such file."
      })
  private boolean resume;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  private @Nullable SweepRun run;

  /** Whether results are to be read from a file. */
  boolean reads() {
    return saved != null;
  }

  /** The results in that file. */
  Sweep read() {
    return read(saved, spec.name());
  }

  /** The exact results beside that file; null where there are none. */
  @Nullable Sweep readExact(String experiment) {
    Path file = exactOf(saved);
    return Files.exists(file) ? read(file, experiment) : null;
  }

  private static Sweep read(Path saved, String experiment) {
    var sweep = Sweep.open(saved);
    if (!sweep.experiment().equals(experiment)) {
      throw new FresnelException(
          "%s holds the results of '%s'; open it with 'fresnel %s --saved %s'"
              .formatted(saved, sweep.experiment(), sweep.experiment(), saved));
    }
    return sweep;
  }

  /** Checks where results go. */
  void prepare() {
    if (resume && (save == null || reads())) {
      throw new ParameterException(
          spec.commandLine(), "--resume goes on with the sweep of --save FILE; name the file");
    }
    if (reads()) {
      requireNoRun();
    }
    requireKnownEnding();
    var files = Stream.of(page, csv, save).filter(file -> file != null).toList();
    if (files.stream().map(file -> file.toAbsolutePath().normalize()).distinct().count()
        < files.size()) {
      throw new ParameterException(
          spec.commandLine(),
          "two of --output, --csv and --save name one file, which would hold only the last of them;"
              + " name a file for each");
    }
    files.forEach(OutputFile::requireWritable);
    if (resume && Files.exists(save)) {
      read(save, spec.name());
    }
  }

  private void requireKnownEnding() {
    if (page != null && !MAPS.contains(FigureOptions.ending(page)) && !OutputFile.isPage(page)) {
      throw new ParameterException(
          spec.commandLine(),
          "--output expects a file that ends in .html, .svg, .png or .txt, got '%s'; --csv FILE writes a line per cell"
              .formatted(page));
    }
  }

  private void requireNoRun() {
    spec.commandLine().getParseResult().matchedOptions().stream()
        .map(option -> option.longestName())
        .filter(name -> !BESIDE_SAVED.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new ParameterException(
                  spec.commandLine(),
                  "--saved shows saved results, which %s does not change; leave it out"
                      .formatted(name));
            });
  }

  /** Runs a sweep, or goes on with the stopped one. */
  Sweep run(Console console, String what, SweepRun.Resumable sweep) {
    run = new SweepRun(console, SweepRun.SAVE_MS);
    return run.run(what, save, before(save, spec.name()), sweep);
  }

  /**
   * Runs the exact sweep that estimates are compared with, as {@link #run}; null where the
   * estimates were stopped.
   *
   * @param experiment what the exact results are
   */
  @Nullable Sweep runExact(String what, String experiment, SweepRun.Resumable sweep) {
    if (run.stopped()) {
      return null;
    }
    Path file = save == null ? null : exactOf(save);
    return run.run(what, file, before(file, experiment), sweep);
  }

  private @Nullable Sweep before(@Nullable Path file, String experiment) {
    return resume && file != null && Files.exists(file) ? read(file, experiment) : null;
  }

  /** {@code edges.json} gives {@code edges.exact.json}. */
  private static Path exactOf(Path file) {
    String name = file.getFileName().toString();
    int ending = name.lastIndexOf('.');
    return file.resolveSibling(
        ending < 1
            ? name + ".exact"
            : name.substring(0, ending) + ".exact" + name.substring(ending));
  }

  /** The command has ended, by itself, by a mistake, or stopped. */
  void ended() {
    if (run != null) {
      run.close();
    }
  }

  /** The result as a document; writes what the options ask for. */
  final Document shown(Sweep sweep) {
    return shown(sweep, null);
  }

  /**
   * The same, where estimates are compared with exact results.
   *
   * @param exact null where nothing is compared
   */
  final Document shown(Sweep sweep, @Nullable Sweep exact) {
    if (csv != null) {
      WholeFile.write(csv, sweep.csv().getBytes(StandardCharsets.UTF_8));
    }
    if (save != null) {
      sweep.save(save);
    }
    if (page != null) {
      if (MAPS.contains(FigureOptions.ending(page))) {
        Figure.sweep(EdgePatching.strongest(sweep, SHOWN_EDGES)).write(page);
      } else {
        report(sweep, exact).write(page);
      }
    }
    return new SweepDocument(sweep, exact);
  }

  private static Report report(Sweep sweep, @Nullable Sweep exact) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", sweep.model());
    facts.put("what", sweep.what() + ", by " + sweep.by());
    facts.put("method", sweep.method());
    facts.put("metric", sweep.metric());
    facts.put("texts", Integer.toString(sweep.texts()));
    var report = Report.titled(sweep.experiment() + ": " + sweep.model());
    var shown = EdgePatching.strongest(sweep, SHOWN_EDGES);
    report.add(Figure.sweep(shown));
    if (exact != null) {
      var alike =
          shown.what().equals(EdgePatching.EDGES) ? EdgePatching.alike(exact, shown) : exact;
      report.add(Figure.sweep(alike).titled("Patched exactly"));
    }
    report.add(Figure.tokens(sweep.tokens()).titled("The text"));
    if (!sweep.corruptedTokens().isEmpty()) {
      report.add(Figure.tokens(sweep.corruptedTokens()).titled("The corrupted text"));
    }
    return report.provenance(facts);
  }
}
