package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import jdk.jshell.tool.JavaShellToolBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A Java shell in which Fresnel is imported and a model is loaded. */
@Command(
    name = "jshell",
    description = {
      "Opens a Java shell (the JDK's jshell) with Fresnel's classes imported and a model loaded"
          + " as 'model'. Tab completes names, /exit ends."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel jshell",
      "  fresnel jshell --model gpt2",
      "",
      "In the shell:",
      "  var induction = HeadDetector.induction()",
      "  var run = model.run(model.tokens(\" one two one two\"), induction.plan())",
      "  induction.score(run)",
    })
final class JshellCommand implements Callable<Integer> {
  /** The property that tells the shell's own process which model to load. */
  static final String MODEL = "fresnel.jshell.model";

  @Option(
      names = "--model",
      paramLabel = "M",
      description = "As in 'fresnel predict --help'. Default: the bundled model.")
  private @Nullable String model;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Parameters(
      paramLabel = "ARG",
      arity = "0..*",
      description = "Options and files for jshell itself, such as '-s' or a file of snippets.")
  private List<String> rest = List.of();

  @Override
  public Integer call() throws Exception {
    Path startup = Files.createTempFile("fresnel", ".jsh");
    try (InputStream snippets = JshellCommand.class.getResourceAsStream("startup.jsh")) {
      Files.write(startup, snippets.readAllBytes());
      return JavaShellToolBuilder.builder().start(arguments(startup).toArray(String[]::new));
    } catch (NoClassDefFoundError e) {
      if (!String.valueOf(e.getMessage()).startsWith("jdk/jshell")) {
        throw e;
      }
      throw new FresnelException(
          "this Java ("
              + System.getProperty("java.home")
              + ") has no jshell; set JAVA_HOME to a JDK, which has it",
          e);
    } finally {
      deleteQuietly(startup);
    }
  }

  private List<String> arguments(Path startup) {
    var arguments = new ArrayList<String>();
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!flag.startsWith("-XX:SharedArchiveFile") && !flag.startsWith("-Dfresnel.")) {
        arguments.add("-R" + flag);
      }
    }
    if (model != null) {
      arguments.add("-R-D" + MODEL + "=" + model);
    }
    arguments.addAll(List.of("--class-path", System.getProperty("java.class.path")));
    arguments.addAll(List.of("--startup", "DEFAULT", "--startup", startup.toString()));
    arguments.addAll(rest);
    return arguments;
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A small file stays in the temporary folder.
    }
  }
}
