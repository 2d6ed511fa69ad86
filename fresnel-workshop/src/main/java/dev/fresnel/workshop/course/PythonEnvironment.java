package dev.fresnel.workshop.course;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A Python environment that has JupyterLab and jjava, a Java kernel.
 *
 * @param python its program
 */
record PythonEnvironment(Path python) {
  /** How much of what a program said is shown: its end, in lines. */
  private static final int SHOWN = 15;

  /** The oldest Python that the list of packages is made for. */
  private static final int MINOR = 10;

  /** The environment in a folder, whether it is there or not. */
  static PythonEnvironment in(Path folder) {
    return new PythonEnvironment(
        folder.resolve(windows() ? "Scripts/python.exe" : "bin/python").toAbsolutePath());
  }

  private static boolean windows() {
    return System.getProperty("os.name").startsWith("Windows");
  }

  /** The environment's folder. */
  Path folder() {
    return python.getParent().getParent();
  }

  /** The kernel's jar, which the package jjava brings. */
  Path kernelJar() {
    return folder().resolve("share/jupyter/kernels/java/jjava.jar");
  }

  /**
   * Makes the environment: Jupyter and the kernel, in the versions that are tested, each file
   * compared with its checksum.
   *
   * @param wheels a folder that {@link #bundle} made; empty for the package index
   */
  void make(Optional<Path> wheels) throws IOException {
    wheels.ifPresent(PythonEnvironment::requireWheels);
    String python = systemPython();
    run(
        List.of(python, "-m", "venv", folder().toString()),
        "could not make a Python environment",
        "this Python may lack its module venv (on Debian and Ubuntu: apt install python3-venv)");
    var command = new ArrayList<>(pip(this.python.toString(), "install", folder()));
    wheels.ifPresent(
        from ->
            command.addAll(
                List.of("--no-index", "--find-links", from.toAbsolutePath().toString())));
    run(
        command,
        "could not install Jupyter",
        wheels.isPresent()
            ? "collect the wheels with the same system and version of Python as here"
            : "without a network, give --wheels a folder that 'fresnel workshop bundle' has made"
                + " elsewhere");
  }

  private static void requireWheels(Path folder) {
    try (var files = Files.list(folder)) {
      if (files.anyMatch(file -> file.toString().endsWith(".whl"))) {
        return;
      }
    } catch (IOException e) {
      throw new FresnelException(
          folder + " is no folder; expected one that 'fresnel workshop bundle' made", e);
    }
    throw new FresnelException(
        folder + " holds no wheels; expected what 'fresnel workshop bundle' collects");
  }

  /** Collects the wheels that {@link #make} installs. */
  static void bundle(Path folder) {
    try {
      var command = new ArrayList<>(pip(systemPython(), "download", folder));
      command.addAll(List.of("--dest", folder.toString(), "--only-binary", ":all:"));
      run(command, "could not fetch the wheels", "this takes a network");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The Python on the PATH, if it is not too old. */
  private static String systemPython() throws IOException {
    String python = windows() ? "python" : "python3";
    String version =
        run(
                List.of(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"),
                "could not run " + python,
                "install Python 3." + MINOR + " or later")
            .strip();
    if (!version.matches("3\\.\\d+") || Integer.parseInt(version.substring(2)) < MINOR) {
      throw new FresnelException(
          "notebooks need Python 3.%d or later, and %s is %s".formatted(MINOR, python, version));
    }
    return python;
  }

  private static List<String> pip(String python, String verb, Path beside) throws IOException {
    Path list = Files.createDirectories(beside).resolve("fresnel-requirements.txt");
    Files.writeString(list, Course.text("requirements.txt"));
    return List.of(
        python,
        "-m",
        "pip",
        verb,
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "2",
        "--requirement",
        list.toString());
  }

  /** Runs a program and returns what it said. */
  private static String run(List<String> command, String failed, String hint) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new FresnelException(
          "%s: there is no %s; install Python 3.%d or later, with venv"
              .formatted(failed, command.get(0), MINOR),
          e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new FresnelException("%s: %s. It said:\n%s".formatted(failed, hint, end(said)));
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new FresnelException(failed + ": interrupted", e);
    }
    return said;
  }

  private static String end(String said) {
    var lines = said.strip().split("\\R");
    return Arrays.stream(lines)
        .skip(Math.max(0, lines.length - SHOWN))
        .collect(Collectors.joining("\n"));
  }
}
