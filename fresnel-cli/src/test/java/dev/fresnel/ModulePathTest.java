package dev.fresnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.model.Transformer;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the module path programs run, and the compiler keeps them out of core's internal packages. */
@Tag("long")
class ModulePathTest {
  /** What core requires; anything else of the class path would come as an automatic module. */
  private static final List<String> LIBRARIES =
      List.of("/org/bytedeco/", "/ai/djl/", "/com/fasterxml/", "/org/jspecify/");

  @TempDir Path folder;

  @Test
  void aProgramThatUsesThePublicPackagesCompiles() throws IOException {
    assertThat(
            errorsOf(
                """
                package user;

                import dev.fresnel.Fresnel;
                import dev.fresnel.hook.RunPlan;
                import dev.fresnel.model.Transformer;
                import dev.fresnel.tensor.Scope;

                class Program {
                  static double loss(String text) {
                    try (Transformer model = Fresnel.load("by-hand");
                        Scope scope = Scope.open();
                        var run = model.run(model.tokens(text), RunPlan.captureAll())) {
                      org.bytedeco.pytorch.Tensor raw = run.logits().unwrap();
                      return raw.dim();
                    }
                  }
                }
                """))
        .isEmpty();
  }

  @Test
  void aProgramThatNamesAnInternalPackageDoesNotCompile() throws IOException {
    var internal =
        List.of(
            "dev.fresnel.tensor.internal.Fused",
            "dev.fresnel.tensor.internal.kernel.Kernels",
            "dev.fresnel.load.internal.family.Family");
    for (String type : internal) {
      String itsPackage = type.substring(0, type.lastIndexOf('.'));
      assertThat(errorsOf("package user; class Program { " + type + " inside; }"))
          .singleElement()
          .asString()
          .contains("package " + itsPackage + " is not visible")
          .contains("does not export it");
    }
  }

  /** The jars of native libraries are modules that nothing requires. */
  @Test
  void aProgramRunsOnTheModulePath() throws Exception {
    assertThat(
            errorsOf(
                """
                package user;

                import dev.fresnel.Fresnel;

                public class Program {
                  public static void main(String[] arguments) {
                    try (var model = Fresnel.load("by-hand");
                        var run = model.run(model.tokens("abab"))) {
                      System.out.print(Program.class.getModule() + " " + run.logits().shape());
                    }
                  }
                }
                """))
        .isEmpty();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                folder + File.pathSeparator + modulePath(),
                "--add-modules",
                "ALL-MODULE-PATH",
                "--module",
                "user/user.Program")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("module user [batch 1, pos 5, d_vocab 257]");
  }

  /** Compiles a module that requires core, and one class in it. */
  private List<String> errorsOf(String program) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var found = new DiagnosticCollector<JavaFileObject>();
    var sources =
        List.of(
            new Source("module-info", "module user { requires dev.fresnel.core; }"),
            new Source("user/Program", program));
    var options =
        List.of(
            "-proc:none",
            "--class-path",
            "",
            "--module-path",
            modulePath(),
            "-d",
            folder.toAbsolutePath().toString());
    try (var files = compiler.getStandardFileManager(found, Locale.ROOT, null)) {
      compiler.getTask(new StringWriter(), files, found, options, null, sources).call();
    }
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == javax.tools.Diagnostic.Kind.ERROR)
        .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
        .toList();
  }

  private static String modulePath() {
    var libraries =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> LIBRARIES.stream().anyMatch(entry.replace('\\', '/')::contains));
    return Stream.concat(Stream.of(core()), libraries)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String core() {
    try {
      var source = Transformer.class.getProtectionDomain().getCodeSource();
      return Path.of(source.getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

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
}
