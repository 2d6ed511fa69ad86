package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;

/** The hub cannot give a file, or cannot be asked. */
public final class HubException extends FresnelException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    NO_REPOSITORY,
    GATED,
    NO_REVISION,
    NO_FILE,
    /** Forbidden, or an answer that is none. */
    REFUSED,
    /** No network, a server that is down, or a connection that broke too often. */
    UNREACHABLE,
    OFFLINE,
    /** What arrived is not what was promised. */
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

  public Reason reason() {
    return reason;
  }
}
