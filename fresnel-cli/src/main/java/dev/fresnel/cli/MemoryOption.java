package dev.fresnel.cli;

import java.util.Locale;
import picocli.CommandLine.Option;

/** How much memory a sweep may take. */
final class MemoryOption {
  /** Bytes per megabyte. */
  private static final long MEGABYTE = 1_000_000;

  @Option(
      names = "--memory",
      paramLabel = "MB",
      converter = Converters.CountConverter.class,
      description = {
        "The most memory that the sweep may take beside the model, in megabytes; with less, fewer"
            + " runs go together. Default: 2000."
      })
  private int memory = 2000;

  long bytes() {
    return memory * MEGABYTE;
  }

  /** Says how much memory a sweep takes. */
  void sayPeak(Console console, long bytes) {
    console.note(
        String.format(
            Locale.ROOT,
            "The sweep takes at most about %,.0f MB beside the model (--memory bounds it).",
            Math.ceil(bytes / 1e6)));
  }
}
