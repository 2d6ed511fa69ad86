package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;

/** The hub does not have a file, refuses it, or cannot be reached. */
public final class HubException extends FresnelException {
  private static final long serialVersionUID = 1L;

  /** The reason. */
  public enum Reason {
    NO_REPOSITORY,
    GATED,
    NO_REVISION,
    NO_FILE,
    /** The hub forbids it, or sends an invalid answer. */
    REFUSED,
    /** There is no network, the server is down, or the connection broke too often. */
    UNREACHABLE,
    /** The thread was interrupted while it waited. */
    INTERRUPTED,
    OFFLINE,
    /** The content differs from what the hub announced. */
    DAMAGED,
    /** The cache cannot be written. */
    DISK
  }

  private final Reason reason;

  HubException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  HubException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** The same failure in other words. */
  public HubException told(String message) {
    return new HubException(reason, message, this);
  }

  public Reason reason() {
    return reason;
  }
}
