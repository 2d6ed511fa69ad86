package dev.fresnel.tensor.internal.kernel;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads the native libraries of libtorch and oneDNN. JavaCPP unpacks them once, but searches the
 * class path for them in every process, which takes longer than loading them.
 *
 * <p>If the system property {@value #PROPERTY} names a file, the search runs once. Its result is
 * recorded in that file, with those jars, platform, sizes and times, and later processes load the
 * same files without JavaCPP's loader. In such a process JavaCPP's loader no longer works, also for
 * other libraries, so only a user or Fresnel's launcher sets the property. This works on Linux
 * only: there the order of loading makes libtorch use the OpenBLAS whose threads are set, so that
 * no second copy is loaded.
 */
final class NativeLibraries {
  static final String PROPERTY = "fresnel.natives";

  private static final String LOADER = "org.bytedeco.javacpp.loadLibraries";

  private NativeLibraries() {}

  static void load() {
    load("", List.of(Loader.class, openblas_nolapack.class, torch.class));
  }

  /**
   * Loads oneDNN; call it after {@link #load()}. False if its native libraries are not on the class
   * path, or there are none for this machine.
   */
  static boolean loadOneDnn() {
    try {
      load("-onednn", List.of(dnnl.class));
      return true;
    } catch (LinkageError | TypeNotPresentException e) {
      return false;
    }
  }

  /** Loads the libraries of these classes, in this order. */
  private static void load(String suffix, List<Class<?>> parts) {
    String name = System.getProperty(PROPERTY, "");
    if (name.isEmpty() || !System.getProperty("os.name").equals("Linux")) {
      search(parts);
      return;
    }
    Path record = Path.of(name + suffix);
    if (!loadRecorded(record)) {
      write(record, search(parts));
    }
  }

  private static List<String> search(List<Class<?>> parts) {
    String loads = System.clearProperty(LOADER);
    try {
      return parts.stream().map(Loader::load).toList();
    } finally {
      if (loads != null) {
        System.setProperty(LOADER, loads);
      }
    }
  }

  /** Loads the recorded files. False if there is no record, or it no longer holds. */
  private static boolean loadRecorded(Path record) {
    var files = new ArrayList<String>();
    try {
      var lines = Files.readAllLines(record);
      if (lines.isEmpty() || !lines.get(0).equals(classPath())) {
        return false;
      }
      for (String line : lines.subList(1, lines.size())) {
        String file = line.substring(line.lastIndexOf('\t') + 1);
        if (!line.equals(line(file))) {
          return false;
        }
        files.add(file);
      }
    } catch (IOException e) {
      return false;
    }
    if (files.isEmpty()) {
      return false;
    }
    System.setProperty(LOADER, "false");
    try {
      files.forEach(System::load);
      return true;
    } catch (UnsatisfiedLinkError e) {
      System.clearProperty(LOADER);
      return false;
    }
  }

  /**
   * The jars of libtorch and its company on the class path, whose names hold their versions.
   * Another version would not match the classes. The whole class path if none has such a name.
   */
  private static String classPath() {
    String all = System.getProperty("java.class.path");
    String own =
        Arrays.stream(all.split(File.pathSeparator))
            .filter(
                entry -> entry.matches(".*\\b(pytorch|openblas|javacpp|dnnl|opencl)-[^/]*\\.jar"))
            .collect(Collectors.joining(File.pathSeparator));
    return own.isEmpty() ? all : own;
  }

  private static String line(String file) throws IOException {
    Path path = Path.of(file);
    return Loader.getPlatform()
        + "\t"
        + Files.size(path)
        + "\t"
        + Files.getLastModifiedTime(path)
        + "\t"
        + file;
  }

  private static void write(Path record, List<String> files) {
    try {
      var lines = new ArrayList<String>();
      lines.add(classPath());
      for (String file : files) {
        lines.add(line(file));
      }
      Path part = Files.createTempFile(record.toAbsolutePath().getParent(), "natives", ".part");
      Files.write(part, lines);
      Files.move(part, record, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // The folder cannot be written, so the next process searches again.
    }
  }
}
