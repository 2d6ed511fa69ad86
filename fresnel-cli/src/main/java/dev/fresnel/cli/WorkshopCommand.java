package dev.fresnel.cli;

import dev.fresnel.workshop.LearnersModel;
import dev.fresnel.workshop.course.Course;
import dev.fresnel.workshop.course.FolderCheck;
import dev.fresnel.workshop.course.ProjectFolder;
import dev.fresnel.workshop.course.Result;
import dev.fresnel.workshop.course.Track;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The induction-heads workshop: its commands make a learner's folder and check it. */
@Command(
    name = "workshop",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "The induction-heads workshop: exercises in Java, from a first look into a model to the"
          + " circuit in its weights."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel workshop notebook my-notebooks",
      "  fresnel workshop new my-workshop",
      "  fresnel workshop check my-workshop",
    })
final class WorkshopCommand implements Runnable {
  /** What {@code --model} is, of the commands that make a folder. */
  static final String MODEL =
      "A model of your own for chapters 4 and 6: a name that 'fresnel models' knows, such as gpt2"
          + " or attn-only-2l-half, a folder, or a file. It is kept in DIR/model.txt.";

  @Spec private CommandSpec spec;
  @Mixin private final OutputOptions output = new OutputOptions();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command: " + String.join(", ", spec.subcommands().keySet()));
  }

  /** The model of {@code --model} is kept in the folder, so that it holds for all that follows. */
  static void keep(@Nullable String model, Path folder) {
    if (model != null) {
      try {
        LearnersModel.keep(model, folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The folder of this program: a clone's, or an unpacked zip's. */
  static Path program() {
    var own =
        Path.of(System.getProperty("java.class.path").split(File.pathSeparator)[0])
            .toAbsolutePath();
    var folder = own.getParent();
    return folder.endsWith("target") ? folder.getParent().getParent() : folder.getParent();
  }

  /** Makes a Maven project. */
  @Command(
      name = "new",
      description = {
        "Makes a folder for the workshop in plain Java: a Maven project with its text, its"
            + " exercises and their tests, and everything that they need, Maven included. It works"
            + " without a network, in any IDE, and on other machines that it is copied to."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  fresnel workshop new my-workshop",
        "  fresnel workshop new my-workshop --track guided",
        "  cd my-workshop && ./mvnw test -Dtest=DetectorsTest",
        "",
        "JSON: folder, track, maven (whether the folder has one).",
      })
  static final class New implements Runnable {
    @Mixin private final OutputOptions output = new OutputOptions();
    private final Console console;

    @Parameters(paramLabel = "DIR", description = "The folder to make; it is not there yet.")
    private Path folder;

    @Option(
        names = "--track",
        paramLabel = "hard|guided|solved",
        converter = TrackConverter.class,
        description =
            "hard: signatures and hints; guided: smaller steps; solved: the solutions, for"
                + " teachers. Default: hard.")
    private Track track = Track.HARD;

    @Option(names = "--model", paramLabel = "MODEL", description = MODEL)
    private @Nullable String model;

    New(Console console) {
      this.console = console;
    }

    private record Made(String folder, String track, boolean maven) implements Document {
      @Override
      public String text() {
        return folder + "\nStart with " + Path.of(folder, "README.md");
      }
    }

    @Override
    public void run() {
      console.use(output);
      boolean maven =
          console.during("Making " + folder, () -> ProjectFolder.create(folder, track, program()));
      keep(model, folder);
      if (!maven) {
        console.note(
            "No Maven was found, so the folder has none: check with its script 'check' in "
                + folder
                + ", or open it in an IDE.");
      }
      console.show(new Made(folder.toString(), track.name().toLowerCase(Locale.ROOT), maven));
    }
  }

  /** Checks a learner's folder. */
  @Command(
      name = "check",
      description = {
        "Checks all exercises of a folder, a Maven project or notebooks, and says what is wrong"
            + " with those that do not pass. It changes nothing and needs neither Maven nor"
            + " Jupyter, but a JDK."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  fresnel workshop check my-workshop",
        "  fresnel workshop check my-workshop --json | jq .passed",
        "",
        "JSON: folder, passed, of, exercises [{exercise, chapter, outcome, message}].",
        "outcome is passed, wrong, not_written, does_not_compile, too_slow or missing.",
        "The exit code is 0 whenever the folder could be checked.",
      })
  static final class Check implements Runnable {
    @Mixin private final OutputOptions output = new OutputOptions();
    private final Console console;

    @Parameters(paramLabel = "DIR", description = "The learner's folder.")
    private Path folder;

    Check(Console console) {
      this.console = console;
    }

    /** The result of {@code check}. */
    private record Checked(String folder, long passed, int of, List<One> exercises)
        implements Document {
      private record One(String exercise, int chapter, String outcome, String message) {
        String line() {
          String said = message.isEmpty() ? "" : "\n" + message.indent(6).stripTrailing();
          return "  %d  %-26s %s%s".formatted(chapter, exercise, outcome.replace('_', ' '), said);
        }
      }

      @Override
      public String text() {
        return "%d of %d exercises pass\n%s"
            .formatted(
                passed,
                of,
                Visible.message(String.join("\n", exercises.stream().map(One::line).toList())));
      }
    }

    @Override
    public void run() {
      console.use(output);
      var results =
          console.during("Checking " + folder, () -> FolderCheck.of(folder, Course.read()));
      var all =
          results.stream()
              .map(
                  each ->
                      new Checked.One(
                          each.exercise(), each.chapter(), each.outcome().label(), each.message()))
              .toList();
      long passed =
          results.stream().filter(each -> each.outcome() == Result.Outcome.PASSED).count();
      console.show(new Checked(folder.toString(), passed, all.size(), all));
    }
  }

  /** Reads a track's name. */
  static final class TrackConverter implements ITypeConverter<Track> {
    @Override
    public Track convert(String name) {
      for (Track track : Track.values()) {
        if (track.name().toLowerCase(Locale.ROOT).equals(name)) {
          return track;
        }
      }
      throw new TypeConversionException("expected hard, guided or solved, got '" + name + "'");
    }
  }
}
