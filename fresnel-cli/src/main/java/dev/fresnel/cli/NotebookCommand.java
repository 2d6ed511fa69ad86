package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.workshop.course.NotebookFolder;
import dev.fresnel.workshop.course.Track;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts the workshop's notebooks into a folder, and starts Jupyter. */
@Command(
    name = "notebook",
    description = {
      "Puts the workshop's notebooks into a folder with all that they need, and starts Jupyter on"
          + " this machine alone. Notebooks that are there stay as they are: call it again to go"
          + " on."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel workshop notebook my-notebooks",
      "  fresnel workshop notebook my-notebooks --track guided",
      "  fresnel workshop notebook my-notebooks --wheels wheels",
      "",
      "The first time, Jupyter and a Java kernel are installed into DIR/.venv, from",
      "the package index or from --wheels, which 'fresnel workshop bundle' collects.",
      "JSON, with --no-start: folder, python.",
    })
final class NotebookCommand implements Runnable {
  /** What Jupyter says of itself, with the token that lets one in. */
  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\S+token=\\S+");

  @Spec private CommandSpec spec;
  @Mixin private final OutputOptions output = new OutputOptions();
  private final Console console;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "The folder. Default: induction-heads, in this folder.")
  private Path folder = Path.of("induction-heads");

  @Option(
      names = "--track",
      paramLabel = "hard|guided|solved",
      converter = WorkshopCommand.TrackConverter.class,
      description = "Which notebooks to make; see 'fresnel workshop new'. Default: hard.")
  private Track track = Track.HARD;

  @Option(
      names = "--python",
      paramLabel = "FILE",
      description =
          "The Python of an environment that has JupyterLab and jjava, which stays as it is."
              + " Default: DIR/.venv/bin/python, which is made.")
  private @Nullable Path python;

  @Option(
      names = "--wheels",
      paramLabel = "WHEELS",
      description = "A folder to install from, without a network.")
  private @Nullable Path wheels;

  @Option(names = "--model", paramLabel = "MODEL", description = WorkshopCommand.MODEL)
  private @Nullable String model;

  @Option(names = "--no-start", description = "Make the folder, and do not start Jupyter.")
  private boolean noStart;

  NotebookCommand(Console console) {
    this.console = console;
  }

  private record Made(String folder, String python) implements Document {
    @Override
    public String text() {
      return folder;
    }
  }

  @Override
  public void run() {
    if (output.json && !noStart) {
      throw new ParameterException(
          spec.commandLine(), "--json takes --no-start: Jupyter runs until it is stopped");
    }
    console.use(output);
    var made =
        console.during(
            "Preparing " + folder,
            () ->
                NotebookFolder.create(
                    folder, track, Optional.ofNullable(python), Optional.ofNullable(wheels)));
    WorkshopCommand.keep(model, made.folder());
    if (noStart) {
      console.show(new Made(made.folder().toString(), made.python().toString()));
    } else {
      start(made);
    }
  }

  private void start(NotebookFolder made) {
    try {
      var process = made.jupyter().redirectErrorStream(true).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      var said = new StringBuilder();
      boolean found = false;
      try (var lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          var address = ADDRESS.matcher(line);
          if (!found && address.find()) {
            found = true;
            console.out().println(address.group());
            console.out().flush();
            console.note(
                "Open this address in a browser. Ctrl+C stops Jupyter; your work is saved.");
          } else if (!found) {
            said.append(line).append('\n');
          }
        }
      }
      if (process.waitFor() != 0 && !found) {
        throw new FresnelException("Jupyter did not start; it said:\n" + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Collects what machines without a network install from. */
  @Command(
      name = "bundle",
      description = {
        "Collects the wheels of Jupyter and its Java kernel in a folder, for machines without a"
            + " network that have the same system and version of Python."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  fresnel workshop bundle wheels",
        "  fresnel workshop notebook my-notebooks --wheels wheels",
        "",
        "JSON: folder.",
      })
  static final class Bundle implements Runnable {
    @Mixin private final OutputOptions output = new OutputOptions();
    private final Console console;

    @Parameters(paramLabel = "DIR", description = "The folder for the wheels.")
    private Path folder;

    Bundle(Console console) {
      this.console = console;
    }

    private record Collected(String folder) implements Document {
      @Override
      public String text() {
        return folder;
      }
    }

    @Override
    public void run() {
      console.use(output);
      console.during(
          "Collecting wheels",
          () -> {
            NotebookFolder.bundle(folder);
            return true;
          });
      console.show(new Collected(folder.toString()));
    }
  }
}
