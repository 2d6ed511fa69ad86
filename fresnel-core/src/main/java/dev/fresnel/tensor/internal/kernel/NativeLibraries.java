package dev.fresnel.tensor.internal.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Brings libtorch into the process. JavaCPP unpacks it once and searches the class path for its
 * parts in every process, which takes longer than loading them.
 *
 * <p>Where the system property {@value #PROPERTY} names a file, the search is made once: what it
 * found is noted there, with class path, platform, sizes and times, and the next process loads the
 * same files without JavaCPP's loader. That loader is out of order then, also for other libraries,
 * so only the launcher sets the property, whose process is Fresnel's own. Linux only: there the
 * order of loading decides that libtorch gets the OpenBLAS whose threads are set, and no second one
 * is loaded.
 */
final class NativeLibraries {
  static final String PROPERTY = "fresnel.natives";

  private static final String LOADER = "org.bytedeco.javacpp.loadLibraries";

  private NativeLibraries() {}

  static void load() {
    load("", List.of(Loader.class, openblas_nolapack.class, torch.class));
  }

  /**
   * After libtorch. False where oneDNN's natives are not on the class path, or not for this
   * machine.
   */
  static boolean loadOneDnn() {
    try {
      load("-onednn", List.of(dnnl.class));
      return true;
    } catch (LinkageError | TypeNotPresentException e) {
      return false;
    }
  }

  /** The classes in the order in which their files have to be loaded. */
  private static void load(String suffix, List<Class<?>> parts) {
    String name = System.getProperty(PROPERTY, "");
    if (name.isEmpty() || !System.getProperty("os.name").equals("Linux")) {
      search(parts);
      return;
    }
    Path note = Path.of(name + suffix);
    if (!loadNoted(note)) {
      note(note, search(parts));
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

  /** False where there is no note, or it is not true any more. */
  private static boolean loadNoted(Path note) {
    var files = new ArrayList<String>();
    try {
      var lines = Files.readAllLines(note);
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

  /** Names the version of every jar: another libtorch would not fit the classes. */
  private static String classPath() {
    return System.getProperty("java.class.path");
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

  private static void note(Path note, List<String> files) {
    try {
      var lines = new ArrayList<String>();
      lines.add(classPath());
      for (String file : files) {
        lines.add(line(file));
      }
      Path part = Files.createTempFile(note.toAbsolutePath().getParent(), "natives", ".part");
      Files.write(part, lines);
      Files.move(part, note, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // The folder cannot be written: the next process searches as well.
    }
  }
}
