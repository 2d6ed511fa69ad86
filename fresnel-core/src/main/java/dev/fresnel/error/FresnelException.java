package dev.fresnel.error;

/**
 * Something a caller gave cannot be used: a file, a model, a text, a hook name, a shape. The
 * message says what, what was expected, what was found, and what to do next. Characters in it that
 * could control a terminal are written as escapes, since it may quote a file.
 */
public class FresnelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FresnelException(String message) {
    super(Printable.message(message));
  }

  public FresnelException(String message, Throwable cause) {
    super(Printable.message(message), cause);
  }
}
