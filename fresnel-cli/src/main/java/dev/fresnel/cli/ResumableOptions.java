package dev.fresnel.cli;

import dev.fresnel.analysis.patch.Sweep;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a sweep that can be stopped and go on. */
final class ResumableOptions extends SweepOptions {
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

  /**
   * Checks where results go, and reads the sweep that goes on.
   *
   * @param experiment the command's name
   */
  void prepare(String experiment) {
    if (resume && (saveFile() == null || reads())) {
      throw new ParameterException(
          spec.commandLine(), "--resume goes on with the sweep of --save FILE; name the file");
    }
    requireWritable();
    if (resume && Files.exists(saveFile())) {
      before = read(saveFile(), experiment);
    }
  }

  /** Runs a sweep, or goes on with the stopped one, and writes what the options ask for. */
  Document run(Console console, String what, SweepRun.Resumable sweep) {
    run = new SweepRun(console, saveFile(), SweepRun.SAVE_MS);
    return shown(run.run(what, before, sweep));
  }

  /** The command has ended, by itself, by a mistake, or stopped. */
  void ended() {
    if (run != null) {
      run.close();
    }
  }
}
