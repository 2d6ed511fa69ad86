package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.file.InputFile;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Runs the command that the arguments name, and turns mistakes into messages and exit codes. */
final class Cli {
  /** The exit code where something could not be used, such as a file or a model. */
  private static final int FAILED = 1;

  /** The exit code for a mistake in the arguments. */
  private static final int MISUSED = 2;

  private final Console console;
  private final Models models;
  private final Stores stores;
  private final Histories histories;

  Cli(Console console, Models models) {
    this(console, models, Stores.ENVIRONMENT, Histories.FRESNEL);
  }

  Cli(Console console, Models models, Stores stores, Histories histories) {
    this.console = console;
    this.models = models;
    this.stores = stores;
    this.histories = histories;
  }

  /**
   * Runs one command.
   *
   * @return 0 where it was done, 1 where it failed, 2 for a mistake in the arguments
   */
  int run(String... args) {
    try {
      var line = commandLine();
      return line.execute(asked(line, args));
    } catch (Throwable e) {
      return failed(e);
    }
  }

  /** {@code help patch} asks what {@code patch --help} does. */
  private static String[] asked(CommandLine line, String... args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    if (args.length == 2 && !line.getSubcommands().containsKey(args[1])) {
      return new String[] {args[1]};
    }
    String[] asked = Arrays.copyOfRange(args, 1, args.length + 1);
    asked[args.length - 1] = "--help";
    return asked;
  }

  private CommandLine commandLine() {
    var commandLine = new CommandLine(new FresnelCommand());
    commands().forEach(commandLine::addSubcommand);
    commandLine
        .getSubcommands()
        .get("models")
        .addSubcommand(new ModelsCommand.Remove(console, stores));
    commandLine
        .getSubcommands()
        .get("workshop")
        .addSubcommand(new WorkshopCommand.New(console))
        .addSubcommand(new WorkshopCommand.Check(console))
        .addSubcommand(new NotebookCommand(console))
        .addSubcommand(new NotebookCommand.Bundle(console));
    for (String passedOn : List.of("jshell", "java")) {
      commandLine.getSubcommands().get(passedOn).setUnmatchedOptionsArePositionalParams(true);
    }
    Footer.fit(commandLine, Width.terminal() - 1);
    return commandLine
        .setUsageHelpWidth(Width.terminal())
        .setExpandAtFiles(false)
        .setTrimQuotes(false)
        .setAllowOptionsAsOptionParameters(true)
        .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler((e, args) -> misused(e))
        .setExecutionExceptionHandler((e, line, parsed) -> failed(e));
  }

  private List<Object> commands() {
    return List.of(
        new HeadsCommand(console, models),
        new AttributeCommand(console, models),
        new LensCommand(console, models),
        new CompositionCommand(console, models),
        new CircuitCommand(console, models),
        new PatchCommand(console, models),
        new AttributionPatchCommand(console, models),
        new PathPatchCommand(console, models),
        new AblateCommand(console, models),
        new KnockoutCommand(console, models),
        new PredictCommand(console, models),
        new GenerateCommand(console, models),
        new SteerCommand(console, models),
        new ReportCommand(console, models, histories),
        new CacheCommand(console, models),
        new InspectCommand(console, models),
        new ModelsCommand(console, stores),
        new DownloadCommand(console, stores),
        new TrainCommand(console),
        new CurvesCommand(console, histories),
        new CardCommand(console, models),
        new WorkshopCommand(),
        new JshellCommand(),
        new JavaCommand(),
        new CompletionCommand(console));
  }

  private int misused(ParameterException e) {
    console.error(e.getMessage());
    var command = e.getCommandLine().getCommandSpec();
    if (e instanceof UnmatchedArgumentException unmatched) {
      String word = unmatched.getUnmatched().get(0);
      var known =
          word.startsWith("-") ? command.optionsMap().keySet() : command.subcommands().keySet();
      NearestNames.likely(word.split("=", 2)[0], known)
          .ifPresent(nearest -> console.err().println("The nearest is " + nearest + "."));
    }
    console.err().println("Try '" + command.qualifiedName() + " --help'.");
    return MISUSED;
  }

  private int failed(Throwable e) {
    console.error(message(e));
    if (console.verbose()) {
      console.trace(e);
    }
    return FAILED;
  }

  private String message(Throwable e) {
    String said = e.getMessage();
    if (e instanceof UncheckedIOException io && io.getCause() != null) {
      return said + ": " + InputFile.reason(io.getCause());
    }
    if (said != null && e instanceof FresnelException) {
      return said;
    }
    if (e instanceof OutOfMemoryError) {
      return "there is not enough memory (" + said + "); use a shorter text or fewer hooks";
    }
    String first = said == null ? "" : ": " + said.lines().findFirst().orElse("");
    return "an unexpected "
        + e.getClass().getSimpleName()
        + first
        + (console.verbose() ? "" : "; --verbose shows where");
  }
}
