package dev.fresnel.viz;

import java.nio.file.Path;

/** Writes a report of made-up data: {@code SampleReport FILE [LAYERS HEADS TOKENS]}. */
public final class SampleReport {
  private SampleReport() {}

  public static void main(String[] arguments) {
    boolean sized = arguments.length == 4;
    int layers = sized ? Integer.parseInt(arguments[1]) : 12;
    int heads = sized ? Integer.parseInt(arguments[2]) : 12;
    int tokens = sized ? Integer.parseInt(arguments[3]) : 40;
    Samples.report(layers, heads, tokens).write(Path.of(arguments[0]));
  }
}
