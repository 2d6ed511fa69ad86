package dev.fresnel.workshop.course;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.fresnel.error.FresnelException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A folder with the workshop's notebooks, a Python environment with Jupyter, and a Java kernel that
 * has Fresnel on its class path.
 */
public final class NotebookFolder {
  /**
   * How long Jupyter waits for a kernel, in seconds: a start takes some 3 seconds of one core, and
   * many times that where a class starts its kernels on one machine at once.
   */
  private static final int PATIENCE = 600;

  private final Path folder;
  private final PythonEnvironment environment;

  private NotebookFolder(Path folder, PythonEnvironment environment) {
    this.folder = folder;
    this.environment = environment;
  }

  /**
   * Makes the folder, or makes what is missing in it: notebooks that are there stay as they are.
   *
   * @param python the Python of an environment that has JupyterLab and jjava; empty for one of the
   *     folder's own
   * @param wheels a folder that {@link #bundle} made, to install from; empty for the package index
   * @throws FresnelException if the folder holds something else, or no environment can be made
   */
  public static NotebookFolder create(
      Path folder, Track track, Optional<Path> python, Optional<Path> wheels) {
    if (!Answers.hasNotebooks(folder)) {
      ProjectFolder.requireEmpty(folder);
    }
    requireJdk();
    Path own = folder.toAbsolutePath().normalize();
    var environment =
        python
            .map(program -> new PythonEnvironment(program.toAbsolutePath()))
            .orElse(PythonEnvironment.in(own.resolve(".venv")));
    var made = new NotebookFolder(own, environment);
    try {
      made.notebooks(track);
      if (python.isEmpty() && !Files.isRegularFile(environment.kernelJar())) {
        environment.make(wheels);
      }
      made.kernel();
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Collects the wheels of Jupyter and the kernel, for machines without a network that have the
   * same system and version of Python.
   *
   * @throws FresnelException if they cannot be fetched
   */
  public static void bundle(Path folder) {
    PythonEnvironment.bundle(folder);
  }

  /** The folder, absolute. */
  public Path folder() {
    return folder;
  }

  /** The Python of the environment. */
  public Path python() {
    return environment.python();
  }

  private static void requireJdk() {
    if (!Files.isRegularFile(Path.of(System.getProperty("java.home"), "lib", "ct.sym"))) {
      throw new FresnelException(
          "notebooks need a JDK, and this is a Java runtime without a compiler; set JAVA_HOME to a"
              + " JDK, 17 or later");
    }
  }

  private void notebooks(Track track) throws IOException {
    Files.createDirectories(folder);
    for (var chapter : Course.read().chapters()) {
      Path notebook = folder.resolve(chapter.fileName() + ".ipynb");
      if (!Files.exists(notebook)) {
        Files.writeString(notebook, NotebookFile.of(chapter, track));
      }
    }
  }

  /** Where this folder's kernel is: a given environment stays as it is. */
  private Path kernels() {
    return folder.resolve(".fresnel/jupyter/kernels");
  }

  /** Jupyter's settings for this folder: it asks nobody for news. */
  private Path settings() {
    return folder.resolve(".fresnel/settings");
  }

  private void kernel() throws IOException {
    if (!Files.isRegularFile(environment.kernelJar())) {
      throw new FresnelException(
          "the environment of %s has no kernel for Java: %s is missing; install jjava and jupyterlab there"
              .formatted(environment.python(), environment.kernelJar()));
    }
    Path startup = folder.resolve(".fresnel/startup.jsh");
    Path kernel = Files.createDirectories(kernels().resolve(NotebookFile.KERNEL));
    Files.writeString(startup, Course.text("project/startup.jsh.txt"));
    Files.writeString(
        Files.createDirectories(settings().resolve("labconfig")).resolve("page_config.json"),
        "{\"disabledExtensions\": {\"@jupyterlab/apputils-extension:announcements\": true}}\n");
    var text =
        new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(specification(startup));
    Files.writeString(kernel.resolve("kernel.json"), text);
    if (environment.folder().startsWith(folder)) { // editors that use this Python find it there
      Path list = environment.folder().resolve("share/jupyter/kernels/" + NotebookFile.KERNEL);
      Files.writeString(Files.createDirectories(list).resolve("kernel.json"), text);
    }
  }

  private Map<String, Object> specification(Path startup) {
    var arguments = new ArrayList<String>();
    arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // The start is most of the work of a notebook's kernel: these halve it.
    arguments.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    arguments.add("--enable-native-access=ALL-UNNAMED");
    String limit = System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes");
    if (limit != null) {
      arguments.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=" + limit);
    }
    // As the kernel's own launcher does, which is a second Java virtual machine.
    arguments.addAll(List.of("--add-opens", "jdk.jshell/jdk.jshell=ALL-UNNAMED"));
    arguments.addAll(List.of("-jar", environment.kernelJar().toString(), "{connection_file}"));
    var specification = new LinkedHashMap<String, Object>();
    specification.put("argv", arguments);
    specification.put("display_name", "Fresnel (Java)");
    specification.put("language", "java");
    specification.put("interrupt_mode", "message");
    String classPath =
        Libraries.classPath().stream()
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    specification.put(
        "env",
        Map.of("JJAVA_CLASSPATH", classPath, "JJAVA_STARTUP_SCRIPTS_PATH", startup.toString()));
    return specification;
  }

  /**
   * Jupyter on this machine's loopback address, to be started. It writes its address, with a token
   * that lets one in, to its error stream.
   */
  public ProcessBuilder jupyter() {
    var builder =
        new ProcessBuilder(
            environment.python().toString(),
            "-m",
            "jupyterlab",
            "--no-browser",
            "--ip=127.0.0.1",
            "--ServerApp.root_dir=" + folder,
            "--ServerApp.allow_root=True",
            "--MappingKernelManager.kernel_info_timeout=" + PATIENCE,
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate");
    builder.environment().put("JUPYTER_PATH", kernels().getParent().toString());
    builder.environment().put("JUPYTER_CONFIG_PATH", settings().toString());
    return builder.directory(folder.toFile());
  }

  @Override
  public String toString() {
    return "NotebookFolder[" + folder + "]";
  }
}
