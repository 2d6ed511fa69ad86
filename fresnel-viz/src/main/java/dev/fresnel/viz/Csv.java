package dev.fresnel.viz;

import dev.fresnel.file.WholeFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Writes lines of a CSV file, as RFC 4180 has them. */
final class Csv {
  private final Appendable out;

  Csv(Appendable out) {
    this.out = out;
  }

  /** Writes a figure's lines. A reader finds the whole file or none. */
  static void write(Path file, Figure figure) {
    WholeFile.write(
        file,
        channel -> {
          var writer = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
          try {
            figure.csv(new Csv(writer));
            writer.flush();
          } catch (UncheckedIOException e) {
            throw e.getCause();
          }
        });
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
