package dev.fresnel.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command without a subcommand: its help, its version and the list of subcommands. */
@Command(
    name = "fresnel",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Version.class,
    description =
        "Shows what happens inside a transformer: where heads attend and what they write.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel heads --threshold 0.5",
      "  fresnel predict --model gpt2 --text \"The Eiffel Tower is in\"",
      "  fresnel report --output report.html --open",
      "  fresnel heads --json | jq '.detectors[].heads'",
      "",
      "Exit codes: 0 success; 1 a model, file or text cannot be used; 2 a mistake in",
      "the command line. Layers, heads and positions count from 0. A position counts",
      "every token, BOS included. 'fresnel COMMAND --help' shows a command's options.",
    })
final class FresnelCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version and exit.")
  private boolean version;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command: " + String.join(", ", spec.subcommands().keySet()));
  }
}
