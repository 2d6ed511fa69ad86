package dev.fresnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.docs.DocPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the text of an error must not or must hold, wherever it is thrown. */
class MessageTest {
  /** An exception of Java joined to a message: its class's name would be shown to the user. */
  private static final Pattern JAVA_EXCEPTION = Pattern.compile("\" \\+ e(, e)?\\)");

  /** The clause of a message after which the advice stands, or words that only advice has. */
  private static final Pattern ADVICE = Pattern.compile("; |: tensors must|in Python|, \"");

  private static final Pattern ERROR_OF_A_FILE = Pattern.compile("\\bfile\\s*\\.error\\(");

  @Test
  void noErrorQuotesAnExceptionOfJavaWithItsClass() throws IOException {
    var quoting = new ArrayList<String>();
    for (Path source : sources("")) {
      if (JAVA_EXCEPTION.matcher(Files.readString(source)).find()) {
        quoting.add(source.getFileName().toString());
      }
    }
    assertThat(quoting).isEmpty();
  }

  @Test
  void everyErrorAboutAFilesContentSaysWhatToDo() throws IOException {
    var silent = new ArrayList<String>();
    int seen = 0;
    for (Path source : sources("load/internal/format")) {
      String text = Files.readString(source);
      var errors = ERROR_OF_A_FILE.matcher(text);
      while (errors.find()) {
        seen++;
        String call = text.substring(errors.start(), text.indexOf(");", errors.end()) + 1);
        if (!ADVICE.matcher(call).find()) {
          silent.add(source.getFileName() + ": " + call);
        }
      }
    }
    assertThat(seen).isGreaterThan(15);
    assertThat(silent).isEmpty();
  }

  private static List<Path> sources(String part) throws IOException {
    var sources = new ArrayList<Path>();
    try (var modules = Files.list(DocPage.root())) {
      for (Path module : modules.toList()) {
        Path main = module.resolve("src/main/java/dev/fresnel/" + part);
        if (Files.isDirectory(main)) {
          try (var files = Files.walk(main)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
          }
        }
      }
    }
    return sources;
  }
}
