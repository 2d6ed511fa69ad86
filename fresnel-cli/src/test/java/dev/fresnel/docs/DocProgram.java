package dev.fresnel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.docs.DocPage.Example;
import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;

/**
 * Compiles a page's examples unchanged, and runs them in a process of their own, in a temporary
 * folder.
 */
final class DocProgram {
  /** Printed between two examples, to separate their output. */
  private static final String RULE = "---- next example ----";

  private static final String TEXT =
      " When the tide went out, the children found a bottle. When the tide went out, the children";

  private DocProgram() {}

  /**
   * Runs all examples in one process.
   *
   * @param imports lines that come before every example
   * @return what each example printed
   */
  static List<String> run(String imports, List<Example> examples, Path folder)
      throws IOException, InterruptedException {
    var program = new StringBuilder(imports).append("class Program {\n");
    program.append("  static final String TEXT = \"").append(TEXT).append("\";\n");
    program.append("  public static void main(String[] args) throws Exception {\n");
    for (int i = 0; i < examples.size(); i++) {
      program.append(i == 0 ? "" : "    System.out.println(\"" + RULE + "\");\n");
      program.append("    example").append(i).append("();\n");
    }
    program.append("  }\n");
    for (int i = 0; i < examples.size(); i++) {
      program.append("  static void example").append(i).append("() throws Exception {\n");
      program.append(examples.get(i).java()).append("  }\n");
    }
    compile(Files.writeString(folder.resolve("Program.java"), program.append("}\n")), folder);
    return List.of(run(folder).split("(?m)^" + RULE + "\\n", -1));
  }

  /** Compiles an example that is not run. */
  static void compile(String imports, Example example, Path folder) throws IOException {
    String program =
        imports
            + "class Program {\n  static void example() throws Exception {\n"
            + example.java()
            + "  }\n}\n";
    compile(Files.writeString(folder.resolve("Program.java"), program), folder);
  }

  private static void compile(Path source, Path folder) throws IOException {
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-nowarn",
                "-cp",
                ChildJvm.classPath(),
                "-d",
                folder.toString(),
                source.toString());
    assertThat(status).as("compiling " + Files.readString(source)).isZero();
  }

  private static String run(Path folder) throws IOException, InterruptedException {
    String classPath = ChildJvm.classPath();
    Path output = folder.resolve("output.txt");
    Path errors = folder.resolve("errors.txt");
    var process =
        ChildJvm.of(
                List.of("-Xmx1g", "-XX:TieredStopAtLevel=1"),
                folder + java.io.File.pathSeparator + classPath,
                "Program",
                List.of())
            .directory(folder.toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended).as("ends within three minutes").isTrue();
    assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
    return Files.readString(output);
  }
}
