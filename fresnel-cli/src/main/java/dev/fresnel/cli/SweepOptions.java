package dev.fresnel.cli;

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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every sweep: where its results go. */
final class SweepOptions {
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

  @Option(
      names = "--resume",
      description = {
        "Go on with the sweep in the file of --save, where it was stopped; begin where there is no"
            + " such file."
      })
  private boolean resume;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  private @Nullable Sweep before;
  private @Nullable SweepRun run;

  /** Whether results are to be read from a file. */
  boolean reads() {
    return saved != null;
  }

  /** The results in that file. */
  Sweep read(String experiment) {
    return read(saved, experiment);
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

  /**
   * Checks where results go, and reads the sweep that goes on.
   *
   * @param experiment the command's name
   */
  void prepare(String experiment) {
    if (resume && (save == null || saved != null)) {
      throw new ParameterException(
          spec.commandLine(), "--resume goes on with the sweep of --save FILE; name the file");
    }
    Stream.of(page, csv, save)
        .filter(file -> file != null)
        .forEach(file -> OutputFile.requireWritable(file));
    if (resume && Files.exists(save)) {
      before = read(save, experiment);
    }
  }

  /** Runs a sweep, or goes on with the stopped one, and writes what the options ask for. */
  Document run(Console console, String what, SweepRun.Resumable sweep) {
    run = new SweepRun(console, save, SweepRun.SAVE_MS);
    return shown(run.run(what, before, sweep));
  }

  /** The command has ended, by itself, by a mistake, or stopped. */
  void ended() {
    if (run != null) {
      run.close();
    }
  }

  /** Writes what the options ask for. */
  Document shown(Sweep sweep) {
    if (csv != null) {
      WholeFile.write(csv, sweep.csv().getBytes(StandardCharsets.UTF_8));
    }
    if (saved != null && save != null) {
      sweep.save(save);
    }
    if (page != null) {
      report(sweep).write(page);
    }
    return new SweepDocument(sweep);
  }

  private static Report report(Sweep sweep) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", sweep.model());
    facts.put("what", sweep.what() + ", by " + sweep.by());
    facts.put("method", sweep.method());
    facts.put("metric", sweep.metric());
    facts.put("texts", Integer.toString(sweep.texts()));
    var report = Report.titled(sweep.experiment() + ": " + sweep.model());
    report.add(Figure.sweep(sweep));
    report.add(Figure.tokens(sweep.tokens()).titled("The text"));
    if (!sweep.corruptedTokens().isEmpty()) {
      report.add(Figure.tokens(sweep.corruptedTokens()).titled("The corrupted text"));
    }
    return report.provenance(facts);
  }
}
