package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.Progress;
import dev.fresnel.train.History;
import dev.fresnel.train.Recipe;
import dev.fresnel.train.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model on a text. */
@Command(
    name = "train",
    description = {
      "Trains a transformer on a text and writes checkpoints to a folder, which can be loaded as a"
          + " model at any time. To resume a stopped run, repeat the command."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel train --config toy.json --text corpus.txt --output toy",
      "  fresnel heads --model toy",
      "",
      "A configuration:",
      "  {\"model\": {\"n_layers\": 2, \"d_model\": 64, \"d_head\": 16, \"n_ctx\": 64,",
      "    \"attn_only\": true}, \"initialization\": \"gpt2\",",
      "    \"training\": {\"seed\": 1, \"steps\": 500, \"batch\": 16, \"length\": 64,",
      "    \"rate\": 0.001, \"warmup\": 50}}",
      "The keys under \"model\" are those of TransformerLens's HookedTransformerConfig.",
      "",
      "The folder contains config.json, model.safetensors, tokenizer.json,",
      "history.jsonl (one line per measurement) and training.safetensors, from which a",
      "stopped run resumes.",
      "",
      "JSON: output, steps, tokens, loss, held_out_loss, induction, previous_token.",
    })
final class TrainCommand implements Runnable {
  @Mixin private final OutputOptions output = new OutputOptions();
  private final Console console;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "JSON file with the model and its training settings.")
  private Path config;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      required = true,
      description = "UTF-8 text file to train on.")
  private Path text;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "A tokenizer.json. Default: the one in the folder of --config.")
  private @Nullable Path tokenizer;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "The folder for the model and its checkpoints; created if missing.")
  private Path folder;

  @Option(
      names = "--until",
      paramLabel = "STEP",
      converter = Converters.CountConverter.class,
      description = "Stop after this step; repeat the command without it to resume.")
  private @Nullable Integer until;

  TrainCommand(Console console) {
    this.console = console;
  }

  /** The result of {@code train}. */
  private record Trained(
      String output,
      long steps,
      long tokens,
      double loss,
      double heldOutLoss,
      Head induction,
      Head previousToken)
      implements Document {
    /** The best head. */
    private record Head(String head, double score) {}

    static Trained of(Path folder, History.Entry entry) {
      return new Trained(
          folder.toString(),
          entry.step(),
          entry.tokens(),
          entry.loss(),
          entry.heldOutLoss(),
          new Head(entry.inductionHead(), entry.induction()),
          new Head(entry.previousTokenHead(), entry.previousToken()));
    }

    @Override
    public String text() {
      return String.format(
          Locale.ROOT,
          "%s%n%,d steps, %,d tokens%nheld-out loss      %.3f%ninduction          %.2f  %s%n"
              + "previous-token     %.2f  %s",
          output,
          steps,
          tokens,
          heldOutLoss,
          induction.score,
          induction.head,
          previousToken.score,
          previousToken.head);
    }
  }

  @Override
  public void run() {
    console.use(output);
    var recipe = Recipe.read(config);
    var run = new TrainingRun(recipe, text, tokenizer(), folder, until == null ? 0 : until);
    var last =
        console.during(
            "Training",
            progress -> {
              var watch = new Watch(progress, recipe.training().steps());
              Runtime.getRuntime().addShutdownHook(new Thread(watch::stop));
              var entry = run.run(watch);
              watch.end();
              return entry;
            });
    console.show(Trained.of(folder, last));
  }

  private Path tokenizer() {
    Path beside = config.toAbsolutePath().resolveSibling("tokenizer.json");
    if (tokenizer == null && !Files.exists(beside)) {
      throw new FresnelException(
          "there is no " + beside + "; give a tokenizer.json with --tokenizer FILE");
    }
    return tokenizer == null ? beside : tokenizer;
  }

  /**
   * Shows the progress of training. When the process is about to end, holds training between two
   * steps: libtorch must not compute while it is unloaded.
   */
  private final class Watch implements TrainingRun.Listener {
    /** How long the end of the process waits for a step to finish. */
    private static final long PATIENCE_MS = 20_000;

    private final Progress progress;
    private final long steps;
    private String measured = "";
    private boolean stopping;
    private boolean resting;

    Watch(Progress progress, long steps) {
      this.progress = progress;
      this.steps = steps;
    }

    @Override
    public void begins(long from, long to) {
      if (from > 0) {
        console.note("Going on after step " + from + ".");
      }
    }

    @Override
    public void stepped(long step, double loss) {
      String line = String.format(Locale.ROOT, "step %d, loss %.3f%s", step, loss, measured);
      progress.at(line, step, steps);
      rest();
    }

    @Override
    public void measured(History.Entry entry) {
      measured =
          String.format(
              Locale.ROOT,
              ", held-out %.3f, induction %.2f, %.0f tokens/s",
              entry.heldOutLoss(),
              entry.induction(),
              entry.tokensPerSecond());
    }

    private synchronized void rest() {
      while (stopping) {
        resting = true;
        notifyAll();
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }

    synchronized void end() {
      resting = true;
      notifyAll();
    }

    synchronized void stop() {
      stopping = true;
      long end = System.nanoTime() + PATIENCE_MS * 1_000_000;
      try {
        while (!resting && System.nanoTime() < end) {
          wait(100);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
