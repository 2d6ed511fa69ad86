package dev.fresnel.docs;

import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/**
 * The examples in the Javadoc of all modules, compiled as statements. A block that is not Java
 * stands in {@code <pre>} without {@code @code}.
 *
 * <p>Each example becomes a class of the package where it stands. It sees every package that is not
 * internal, and the sample variables below.
 */
final class JavadocExamples {
  private static final Pattern BLOCK = Pattern.compile("(?s)<pre>\\{@code(.*?)\\}[\\s*]*</pre>");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package (\\S+);");

  private static final String SAMPLES =
      """
        Transformer model;
        Run run;
        ActivationCache cache;
        Tokenizer tokenizer;
        Tokens tokens, clean, corrupted;
        List<Tokens> texts, data;
        PromptPair pair;
        List<PromptPair> pairs;
        Metric metric;
        AttentionKnockout knockout;
        Path file, folder;
        HeatMap map;
        AttentionFigure figure;
        OptionalInt bos;
        double[][] matrix;
        RunPlan plan;
        int next;
        List<Tokens> happy, sad;
        TextBatches.Progress progress;
        Corpus corpus;
        HeadScores scores;
        Curves curves;
        double[][] values;
        int[] training, heldOut;
        int vocabulary, mary, john;
        Tensor tensor, x, q, k, weight, slopes;
      """;

  /**
   * One block.
   *
   * @param file where it stands, from the project's root
   * @param line the line of its {@code <pre>}, from 1
   */
  record Example(Path file, int line, String inPackage, String java) {
    String where() {
      return file + ":" + line;
    }

    private String className() {
      return file.getFileName().toString().replace(".java", "Line").replace('-', '_') + line;
    }
  }

  private JavadocExamples() {}

  /** All examples of the main sources, by file and line. */
  static List<Example> all() throws IOException {
    var examples = new ArrayList<Example>();
    for (Path file : sources()) {
      examples.addAll(of(DocPage.root().relativize(file), Files.readString(file)));
    }
    return examples;
  }

  /**
   * The examples of one source file; none of an internal package, whose readers have its source.
   */
  static List<Example> of(Path file, String source) {
    var inPackage = PACKAGE.matcher(source);
    if (!inPackage.find() || inPackage.group(1).contains(".internal")) {
      return List.of();
    }
    return BLOCK
        .matcher(source)
        .results()
        .map(block -> example(file, source, inPackage.group(1), block))
        .toList();
  }

  private static Example example(Path file, String source, String inPackage, MatchResult block) {
    int line = (int) source.substring(0, block.start()).lines().count();
    String java = block.group(1).replaceAll("(?m)^ *\\* ?", "");
    return new Example(file, line, inPackage, java);
  }

  /** What the compiler says against them: the place of the example and the error, a line each. */
  static List<String> errors(List<Example> examples, Path folder) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    try (var files = compiler.getStandardFileManager(diagnostics, null, StandardCharsets.UTF_8)) {
      var written = new ArrayList<Path>();
      String imports = imports();
      for (Example example : examples) {
        Path source = folder.resolve(example.className() + ".java");
        written.add(Files.writeString(source, program(example, imports)));
      }
      var options =
          List.of("-nowarn", "-proc:none", "-cp", ChildJvm.classPath(), "-d", folder.toString());
      compiler
          .getTask(
              null, files, diagnostics, options, null, files.getJavaFileObjectsFromPaths(written))
          .call();
    }
    return diagnostics.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(
            diagnostic ->
                where(examples, diagnostic) + ": " + diagnostic.getMessage(Locale.ENGLISH))
        .toList();
  }

  private static String where(
      List<Example> examples, Diagnostic<? extends JavaFileObject> diagnostic) {
    return examples.stream()
        .filter(example -> diagnostic.getSource().getName().contains(example.className() + "."))
        .map(Example::where)
        .collect(Collectors.joining());
  }

  private static String program(Example example, String imports) {
    return "package %s;\n%sclass %s {\n%s  void example() throws Exception {\n%s\n  }\n}\n"
        .formatted(example.inPackage, imports, example.className(), SAMPLES, example.java);
  }

  /** Every package of the project that is no one's inside, and what a reader would import. */
  private static String imports() throws IOException {
    var packages = new TreeSet<>(List.of("java.nio.file", "java.util"));
    for (Path file : sources()) {
      var inPackage = PACKAGE.matcher(Files.readString(file));
      if (inPackage.find() && !inPackage.group(1).contains(".internal")) {
        packages.add(inPackage.group(1));
      }
    }
    packages.removeIf(name -> name.endsWith(".cli") || name.endsWith(".bench"));
    return packages.stream()
        .map(name -> "import " + name + ".*;\n")
        .collect(
            Collectors.joining(
                "",
                "import static dev.fresnel.hook.Dims.*;\n"
                    + "import static dev.fresnel.hook.HookKind.*;\n"
                    + "import static dev.fresnel.model.WeightKind.*;\n",
                ""));
  }

  private static List<Path> sources() {
    try (var modules = Files.list(DocPage.root())) {
      return modules
          .map(module -> module.resolve("src/main/java"))
          .filter(Files::isDirectory)
          .flatMap(JavadocExamples::javaFiles)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> javaFiles(Path folder) {
    try (var files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
