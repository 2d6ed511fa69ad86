package dev.fresnel.cli;

import dev.fresnel.analysis.patch.EdgePatching;
import dev.fresnel.analysis.patch.Sweep;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.Report;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every sweep: where its results go. */
class SweepOptions {
  /** How many edges a picture shows; each gives at most a row and a column. */
  private static final int SHOWN_EDGES = 60;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Write the heat map with its tokens to this HTML page.")
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

  /** Whether results are to be read from a file. */
  boolean reads() {
    return saved != null;
  }

  /** The results in that file. */
  Sweep read(String experiment) {
    return read(saved, experiment);
  }

  static Sweep read(Path saved, String experiment) {
    var sweep = Sweep.open(saved);
    if (!sweep.experiment().equals(experiment)) {
      throw new FresnelException(
          "%s holds the results of '%s'; open it with 'fresnel %s --saved %s'"
              .formatted(saved, sweep.experiment(), sweep.experiment(), saved));
    }
    return sweep;
  }

  /** Checks where results go. */
  void requireWritable() {
    Stream.of(page, csv, save)
        .filter(file -> file != null)
        .forEach(file -> OutputFile.requireWritable(file));
  }

  /** The file of --save; null for none. */
  @Nullable Path saveFile() {
    return save;
  }

  /** The result as a document; writes what the options ask for. */
  final Document shown(Sweep sweep) {
    write(sweep);
    return new SweepDocument(sweep, null);
  }

  /** Writes what the options ask for. */
  final void write(Sweep sweep) {
    if (csv != null) {
      WholeFile.write(csv, sweep.csv().getBytes(StandardCharsets.UTF_8));
    }
    if (save != null) {
      sweep.save(save);
    }
    if (page != null) {
      report(sweep).write(page);
    }
  }

  private static Report report(Sweep sweep) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", sweep.model());
    facts.put("what", sweep.what() + ", by " + sweep.by());
    facts.put("method", sweep.method());
    facts.put("metric", sweep.metric());
    facts.put("texts", Integer.toString(sweep.texts()));
    var report = Report.titled(sweep.experiment() + ": " + sweep.model());
    report.add(Figure.sweep(EdgePatching.strongest(sweep, SHOWN_EDGES)));
    report.add(Figure.tokens(sweep.tokens()).titled("The text"));
    if (!sweep.corruptedTokens().isEmpty()) {
      report.add(Figure.tokens(sweep.corruptedTokens()).titled("The corrupted text"));
    }
    return report.provenance(facts);
  }
}
