package dev.fresnel.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Where results go. A {@code PrintStream} only says that something failed; this knows what. */
final class Sink extends FilterOutputStream {
  private @Nullable IOException failure;

  Sink(OutputStream out) {
    super(out);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      failure = failure == null ? e : failure;
      throw e;
    }
  }

  /** Why the output is not whole, in words. */
  String reason() {
    String said = failure == null ? "" : String.valueOf(failure.getMessage());
    if (said.contains("Broken pipe")) {
      return "the command that reads it has ended";
    }
    return said.isEmpty()
        ? "the system does not say why"
        : "the system says: " + said + "; write it to another place";
  }
}
