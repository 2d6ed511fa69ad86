package dev.fresnel.cli;

import dev.fresnel.analysis.patch.Sweep;
import dev.fresnel.analysis.patch.SweepProgress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Runs a sweep so that nothing done is lost: it is saved now and then, and where the process is
 * told to end, it stops behind a batch, and its results are saved and printed before the process
 * ends.
 */
final class SweepRun implements AutoCloseable {
  /** The time between two savings, in milliseconds: a batch takes a second or two. */
  static final long SAVE_MS = 30_000;

  /** How long the end of the process waits for a batch and for what is written, in milliseconds. */
  private static final long PATIENCE_MS = 30_000;

  /** A sweep that can begin anew or go on. */
  @FunctionalInterface
  interface Resumable {
    /**
     * @param stopped null to begin
     */
    Sweep run(@Nullable Sweep stopped, SweepProgress progress);
  }

  private final Console console;
  private final long saveMs;
  private final Thread hook = new Thread(this::awaitEnd);
  private volatile boolean stopping;
  private boolean ended;
  private boolean paused;

  /**
   * @param saveMs the time between two savings, in milliseconds
   */
  SweepRun(Console console, long saveMs) {
    this.console = console;
    this.saveMs = saveMs;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Runs a sweep to its end, or until it is stopped.
   *
   * @param file where the results are saved; null for nowhere
   * @param before a stopped sweep that goes on; null for none
   */
  Sweep run(String what, @Nullable Path file, @Nullable Sweep before, Resumable sweep) {
    Sweep found =
        console.during(
            what,
            progress -> {
              Sweep soFar = before;
              do {
                long begun = System.nanoTime();
                paused = false;
                soFar =
                    sweep.run(
                        soFar,
                        (done, total) -> {
                          progress.at("cell " + done + " of " + total, done, total);
                          boolean due =
                              file != null && System.nanoTime() - begun > saveMs * 1_000_000;
                          paused = done < total && (due || stopping());
                          return !paused;
                        });
                if (file != null) {
                  soFar.save(file);
                }
              } while (paused && !stopping());
              return soFar;
            });
    var state = found.state();
    if (paused && state != null) {
      console.note(
          "Stopped with %d of %d cells done. %s"
              .formatted(
                  state.done(),
                  state.cells(),
                  file == null
                      ? "To keep such a sweep, give --save FILE; --resume then goes on with it."
                      : file + " holds them; repeat the command with --resume to go on."));
    }
    return found;
  }

  private boolean stopping() {
    return stopping || Thread.currentThread().isInterrupted();
  }

  /** Whether the last sweep was stopped before its end. */
  boolean stopped() {
    return paused;
  }

  /** Stops the sweep behind its batch. */
  void stop() {
    stopping = true;
  }

  private synchronized void awaitEnd() {
    stop();
    long end = System.nanoTime() + PATIENCE_MS * 1_000_000;
    try {
      while (!ended && System.nanoTime() < end) {
        wait(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The command has ended: all that it writes is written. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
    }
  }
}
