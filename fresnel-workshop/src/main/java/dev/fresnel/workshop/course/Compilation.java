package dev.fresnel.workshop.course;

import dev.fresnel.error.FresnelException;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles Java source with the compiler of the JDK that runs, into one folder. */
final class Compilation implements AutoCloseable {
  private final JavaCompiler compiler;

  /** Kept from task to task: it has read the jars. */
  private final StandardJavaFileManager files;

  private final List<String> options;

  /**
   * @param folder for the classes
   * @throws FresnelException if a Java runtime without a compiler runs this
   */
  Compilation(Path folder) {
    compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new FresnelException(
          "the exercises must be compiled, and this Java has no compiler; set JAVA_HOME to a JDK,"
              + " 17 or later");
    }
    files = compiler.getStandardFileManager(null, null, null);
    String path = folder + File.pathSeparator + System.getProperty("java.class.path");
    options =
        List.of(
            "-d",
            folder.toString(),
            "-classpath",
            path,
            "-parameters",
            "-g",
            "-proc:none",
            "-nowarn");
  }

  /** A source in memory. */
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(URI.create("memory:///" + name + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /**
   * Compiles.
   *
   * @param sources texts by class name
   * @return what the compiler objected to: {@code line 12: ';' expected}; empty if it compiled
   */
  List<String> objections(Map<String, String> sources) {
    var objections = new DiagnosticCollector<JavaFileObject>();
    var units = sources.entrySet().stream().map(e -> new Source(e.getKey(), e.getValue())).toList();
    boolean done = compiler.getTask(null, files, objections, options, null, units).call();
    var said = new ArrayList<String>();
    for (var each : objections.getDiagnostics()) {
      if (each.getKind() == Diagnostic.Kind.ERROR) {
        said.add("line " + each.getLineNumber() + ": " + each.getMessage(Locale.ENGLISH));
      }
    }
    return done ? List.of() : said;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
