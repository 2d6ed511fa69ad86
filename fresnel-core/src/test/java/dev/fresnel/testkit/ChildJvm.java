package dev.fresnel.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM of its own, of the same kind as the one that runs the tests. It is started as a user starts
 * one: with leave to call native code, without which JDK 24 and later print a warning.
 */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * @param options what stands between {@code java} and the class path
   * @param classPath see {@link #classPath()}
   */
  public static ProcessBuilder of(
      List<String> options, String classPath, String mainClass, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, mainClass));
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** The class path of the tests that are running. */
  public static String classPath() {
    return System.getProperty("java.class.path");
  }
}
