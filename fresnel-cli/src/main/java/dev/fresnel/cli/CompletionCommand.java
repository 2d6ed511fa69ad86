package dev.fresnel.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a script by which a shell completes command lines. */
@Command(
    name = "completion",
    description = "Prints a completion script for commands and options in Bash and Zsh.",
    footerHeading = "%nExamples:%n",
    footer = {"  fresnel completion > ~/.fresnel-completion", "  source <(fresnel completion)"})
final class CompletionCommand implements Runnable {
  private final Console console;
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    console.out().print(AutoComplete.bash("fresnel", spec.root().commandLine()));
  }
}
