package dev.fresnel.viz;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes lines of a CSV file, as RFC 4180 has them. */
final class Csv {
  private final Appendable out;

  Csv(Appendable out) {
    this.out = out;
  }

  /** Writes one line: texts, in quotes where they need them, and numbers. */
  void line(Object... fields) {
    try {
      for (int i = 0; i < fields.length; i++) {
        out.append(i == 0 ? "" : ",").append(quoted(fields[i].toString()));
      }
      out.append("\r\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String quoted(String text) {
    for (int i = 0; i < text.length(); i++) {
      if ("\",\r\n".indexOf(text.charAt(i)) >= 0) {
        return '"' + text.replace("\"", "\"\"") + '"';
      }
    }
    return text;
  }
}
