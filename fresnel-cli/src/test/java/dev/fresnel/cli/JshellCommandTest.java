package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import jdk.jshell.JShell;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the Java shell knows when it opens, and what it prints of values. */
class JshellCommandTest {
  private static JShell shell;

  @BeforeAll
  static void open() throws IOException {
    System.setProperty(JshellCommand.MODEL, "by-hand");
    // In this process: a second one would load the libraries again.
    shell = JShell.builder().executionEngine("local").build();
    shell.addToClasspath(System.getProperty("java.class.path"));
    evaluate(startup());
  }

  @AfterAll
  static void close() {
    shell.close();
    System.clearProperty(JshellCommand.MODEL);
  }

  private static String startup() throws IOException {
    try (var snippets = JshellCommand.class.getResourceAsStream("startup.jsh")) {
      return new String(snippets.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** What the shell prints of each snippet's value. */
  private static List<String> evaluate(String code) {
    var values = new ArrayList<String>();
    for (String rest = code; !rest.isBlank(); ) {
      SourceCodeAnalysis.CompletionInfo snippet =
          shell.sourceCodeAnalysis().analyzeCompletion(rest);
      for (SnippetEvent event : shell.eval(snippet.source())) {
        assertThat(event.exception()).as(snippet.source()).isNull();
        assertThat(shell.diagnostics(event.snippet())).as(snippet.source()).isEmpty();
        values.add(event.value());
      }
      rest = snippet.remaining();
    }
    return values;
  }

  @Test
  void everyPackageForUsersIsImported() throws IOException {
    var missing = new TreeSet<String>();
    for (String module : List.of("core", "analysis", "viz", "train")) {
      Path sources = Path.of("..", "fresnel-" + module, "src", "main", "java");
      try (var files = Files.walk(sources)) {
        files
            .filter(file -> file.endsWith("package-info.java"))
            .map(file -> sources.relativize(file.getParent()).toString().replace('\\', '/'))
            .map(folder -> folder.replace('/', '.'))
            .filter(name -> !name.contains("internal"))
            .forEach(missing::add);
      }
    }
    assertThat(missing).contains("dev.fresnel.analysis.patch");
    // Fresnel is the only class of its package; the other one is for readers of files.
    missing.removeAll(List.of("dev.fresnel", "dev.fresnel.file"));
    String imports = startup();
    missing.removeIf(name -> imports.contains("import " + name + ".*;"));
    assertThat(missing).isEmpty();
  }

  @Test
  void theChosenModelIsLoaded() {
    assertThat(evaluate("model.config().name()")).containsExactly("\"by-hand\"");
  }

  /** A class without a text of its own would print its name, '@' and its hash code. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "model; by-hand",
        "model.tokens(\"abcab\"); Tokens",
        "model.run(model.tokens(\"abcab\"), RunPlan.capture(PATTERN)); pattern",
        "model.run(model.tokens(\"abcab\"), RunPlan.capture(PATTERN)).cache(); pattern",
        "model.run(model.tokens(\"abcab\")).logits(); d_vocab",
        "model.weight(\"blocks.0.attn.W_Q\"); d_head",
        "HeadDetector.induction(); induction",
        "HeadDetector.induction().score(model.run(model.tokens(\"abcab\"),"
            + " RunPlan.capture(PATTERN))); L1H1",
        "RunPlan.capture(PATTERN); pattern",
        "model.config(); by-hand"
      })
  void valuesPrintThemselves(String expression, String part) {
    assertThat(evaluate(expression))
        .singleElement()
        .asString()
        .containsIgnoringCase(part)
        .doesNotContainPattern("dev\\.fresnel\\S*@[0-9a-f]+")
        .doesNotContainPattern("^\\w+@[0-9a-f]+$");
  }
}
