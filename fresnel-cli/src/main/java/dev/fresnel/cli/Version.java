package dev.fresnel.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this Fresnel. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"fresnel " + number()};
  }

  static String number() {
    var build = new Properties();
    try (var in = Version.class.getResourceAsStream("build.properties")) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return build.getProperty("version");
  }
}
