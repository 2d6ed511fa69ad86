package dev.fresnel.load.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A failure that may pass: worth another attempt. */
final class Transient extends IOException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  Transient(String message, @Nullable Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** How long the server asks to wait; null if it does not say. */
  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
