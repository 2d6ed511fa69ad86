package dev.fresnel.cli;

import dev.fresnel.load.Progress;
import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A line that shows a user who has waited for two seconds what is being done. A terminal's line is
 * redrawn, and removed at the end; elsewhere one plain line is printed.
 */
final class ProgressLine implements Progress, AutoCloseable {
  /** How long work may take before a line is shown. */
  private static final long PATIENCE_MS = 2_000;

  /** The time between two drawings of the line. */
  private static final long REDRAW_MS = 250;

  /** The bar's length, in characters. */
  private static final int BAR = 24;

  /** Returns to the start of the line and clears it. */
  private static final String WIPE = "\r\u001b[K";

  private final String what;
  private final PrintStream err;
  private final boolean terminal;
  private final long begun = System.nanoTime();
  private final Thread thread;
  private String step = "";
  private long done;
  private long total;
  private @Nullable DownloadLine download;
  private boolean drawn;
  private boolean closed;

  ProgressLine(String what, PrintStream err, boolean terminal) {
    this.what = what;
    this.err = err;
    this.terminal = terminal;
    thread = new Thread(this::drawUntilClosed, "fresnel-progress");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public synchronized void at(String what, long done, long total) {
    download = null;
    tell(what, done, total);
  }

  @Override
  public synchronized void atBytes(String what, long done, long total) {
    if (download == null || !step.equals(what)) {
      download = new DownloadLine(what, done, System::nanoTime);
    }
    tell(what, done, total);
  }

  @Override
  public synchronized void remark(String sentence) {
    if (drawn && terminal) {
      err.print(WIPE);
    }
    err.println(Visible.message(sentence));
  }

  private void tell(String what, long done, long total) {
    this.step = what;
    this.done = done;
    this.total = total;
  }

  /** Whether the line has been shown. */
  synchronized boolean drawn() {
    return drawn;
  }

  private synchronized void drawUntilClosed() {
    try {
      waitFor(PATIENCE_MS);
      while (!closed) {
        draw();
        waitFor(terminal ? REDRAW_MS : 0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the line is closed, or until the time is over; 0 waits without end. */
  private void waitFor(long milliseconds) throws InterruptedException {
    long end = System.nanoTime() + milliseconds * 1_000_000;
    while (!closed) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (milliseconds > 0 && left <= 0) {
        return;
      }
      wait(milliseconds == 0 ? 0 : left);
    }
  }

  private void draw() {
    drawn = true;
    if (!terminal) {
      err.println(Visible.message(what) + " ...");
      return;
    }
    long seconds = (System.nanoTime() - begun) / 1_000_000_000;
    String line =
        download != null
            ? download.line(done, total)
            : what + " " + bar() + seconds + " s" + (step.isEmpty() ? "" : ", " + step);
    err.print(WIPE + Visible.message(line.length() > 78 ? line.substring(0, 78) : line));
    err.flush();
  }

  private String bar() {
    if (total <= 0) {
      return "";
    }
    double part = Math.min(1.0, (double) done / total);
    int full = (int) (part * BAR);
    return String.format(
        Locale.ROOT, "[%s%s] %3.0f %%, ", "#".repeat(full), "-".repeat(BAR - full), 100 * part);
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    if (drawn && terminal) {
      err.print(WIPE);
      err.flush();
    }
  }
}
