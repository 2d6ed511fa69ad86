package dev.fresnel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's example prints what the README says. */
class ReadmeTest {
  @TempDir Path folder;

  @Test
  void theTenLinesCompileAndWriteTheirReport() throws Exception {
    var examples = DocPage.of("README.md").examples();
    assertThat(examples).hasSize(1);
    DocProgram.run(RecipesTest.imports(), examples, folder);
    assertThat(Files.readString(folder.resolve("induction.html")))
        .startsWithIgnoringCase("<!doctype html>")
        .contains("Induction heads");
  }
}
