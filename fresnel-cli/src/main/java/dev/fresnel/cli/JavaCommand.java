package dev.fresnel.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The help of what the launcher does itself: it starts Java with another main class. */
@Command(
    name = "java",
    synopsisHeading =
        "Usage: fresnel java [-cp PATH] [-Dname=value ...] MAIN|FILE.java [ARG ...]%n",
    customSynopsis = "",
    description = {
      "Runs a Java program of your own with Fresnel on its class path, which starts as quickly as"
          + " the commands."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel java Heads.java",
      "  fresnel java -cp target/classes org.example.Heads",
    })
final class JavaCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Parameters(hidden = true, arity = "0..*")
  private List<String> rest = List.of();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        rest.isEmpty()
            ? "expected a main class or a .java file"
            : "only the script 'fresnel' runs programs; on Windows use java -cp \"lib\\*;PATH\" MAIN");
  }
}
