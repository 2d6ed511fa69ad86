package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Counts consecutive failures and waits after each: 1, 2, 4, then 8 seconds, or as long as the
 * server asks for. Progress resets the count.
 */
final class Retries {
  /** Consecutive failures before giving up. */
  private static final int MOST_FAILURES = 5;

  private static final Duration LONGEST = Duration.ofSeconds(8);

  /** The longest wait that a server may ask for. Beyond it, the user decides when to try again. */
  private static final Duration LONGEST_REQUESTED_WAIT = Duration.ofMinutes(2);

  /** Lets time pass. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  private final String what;
  private final Pause pause;
  private final HubListener listener;
  private int failures;

  /**
   * @param what the request, in words for error messages
   */
  Retries(String what, Pause pause, HubListener listener) {
    this.what = what;
    this.pause = pause;
    this.listener = listener;
  }

  void progressed() {
    failures = 0;
  }

  /**
   * Waits before the next try.
   *
   * @throws HubException if there have been too many failures, or the server asks for too long a
   *     wait
   */
  void failed(IOException e) {
    failures++;
    Duration asked = e instanceof Transient reply ? reply.retryAfter() : null;
    if (failures >= MOST_FAILURES
        || (asked != null && asked.compareTo(LONGEST_REQUESTED_WAIT) > 0)) {
      throw gaveUp(e, asked);
    }
    Duration backoff = Duration.ofSeconds(1L << (failures - 1));
    Duration wait = asked != null ? asked : backoff.compareTo(LONGEST) > 0 ? LONGEST : backoff;
    listener.at("trying again in " + wait.toSeconds() + " s (" + reason(e) + ")", 0, 0);
    try {
      pause.of(wait);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new HubException(
          Reason.INTERRUPTED, what + ": interrupted while waiting to try again", stop);
    }
  }

  private HubException gaveUp(IOException e, @Nullable Duration asked) {
    String tries = failures == 1 ? "" : failures + " tries failed, the last because ";
    String wish =
        asked == null
            ? " Try again later."
            : " It asks to be left alone for " + asked.toSeconds() + " s.";
    return new HubException(Reason.UNREACHABLE, what + ": " + tries + reason(e) + "." + wish, e);
  }

  /** What went wrong, in words. */
  static String reason(IOException e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }
}
