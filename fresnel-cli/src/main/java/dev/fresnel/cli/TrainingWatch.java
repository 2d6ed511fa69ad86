package dev.fresnel.cli;

import dev.fresnel.load.Progress;
import dev.fresnel.train.History;
import dev.fresnel.train.TrainingRun;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Shows the progress of training: a line that is redrawn, and without a terminal a line for each
 * measurement. When the process is about to end, it holds training between two steps, since
 * libtorch must not compute while it is unloaded, and says how to go on.
 */
final class TrainingWatch implements TrainingRun.Listener, AutoCloseable {
  /** How long the end of the process waits for a step to finish. */
  private static final long PATIENCE_MS = 20_000;

  private final Console console;
  private final Progress progress;
  private final Path folder;
  private final Thread hook = new Thread(this::stop);
  private long steps;
  private long kept;
  private String measured = "";
  private boolean stopping;
  private boolean resting;

  TrainingWatch(Console console, Progress progress, Path folder) {
    this.console = console;
    this.progress = progress;
    this.folder = folder;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void remarked(String remark) {
    console.note(remark);
  }

  @Override
  public void begins(long from, long to) {
    steps = to;
    kept = from;
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
    kept = entry.step();
    measured =
        String.format(
            Locale.ROOT,
            ", held-out %.3f, induction %.2f, %.0f tokens/s",
            entry.heldOutLoss(),
            entry.induction(),
            entry.tokensPerSecond());
    if (!console.terminal()) {
      console.note(
          String.format(
              Locale.ROOT, "step %d of %d, loss %.3f%s", kept, steps, entry.loss(), measured));
    }
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

  private synchronized void stop() {
    stopping = true;
    long end = System.nanoTime() + PATIENCE_MS * 1_000_000;
    try {
      while (!resting && System.nanoTime() < end) {
        wait(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    console.note(
        kept > 0
            ? "Stopped. " + folder + " holds step " + kept + "; repeat the command to go on."
            : "Stopped before the first checkpoint; the command begins anew when it is repeated.");
  }

  /** Training has ended, by itself or by an error. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      synchronized (this) {
        resting = true;
        notifyAll();
      }
    }
  }
}
