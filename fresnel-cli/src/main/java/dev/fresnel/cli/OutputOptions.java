package dev.fresnel.cli;

import picocli.CommandLine.Option;

/** The options of all commands about their output. */
final class OutputOptions {
  @Option(
      names = "--json",
      description = "Print one JSON document only; messages go to standard error.")
  boolean json;

  @Option(names = "--quiet", description = "Print only results and errors, no progress or remarks.")
  boolean quiet;

  @Option(names = "--verbose", description = "Print the stack trace of an error.")
  boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;
}
