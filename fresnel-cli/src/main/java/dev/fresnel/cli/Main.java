package dev.fresnel.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The process: its streams, which are in UTF-8 in every locale, and its exit code. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true"); // Pictures are drawn without a screen.
    var out = new Sink(new FileOutputStream(FileDescriptor.out));
    var err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    var console = new Console(out, err, Boolean.getBoolean("fresnel.terminal"));
    if (Boolean.getBoolean("fresnel.out.terminal")) {
      Terminals.coloured(System.getenv()).ifPresent(console::coloured);
    }
    System.exit(new Cli(console, Models.FRESNEL).run(args));
  }
}
