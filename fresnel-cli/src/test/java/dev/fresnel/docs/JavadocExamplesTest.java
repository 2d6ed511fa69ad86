package dev.fresnel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples in Javadoc compile as they stand. */
class JavadocExamplesTest {
  @TempDir Path folder;

  @Test
  void everyExampleCompiles() throws IOException {
    var examples = JavadocExamples.all();
    assertThat(examples).hasSizeGreaterThan(30);
    assertThat(JavadocExamples.errors(examples, folder)).isEmpty();
  }

  @Test
  void anExampleThatDoesNotCompileIsNamedWithItsLine() throws IOException {
    var source =
        """
        package dev.fresnel.tensor;

        /**
         * <pre>{@code
         * Shape.of(POS, 2).and(HEAD, 3);   // two dimensions
         * }</pre>
         *
         * <pre>{@code tensor.sum("pos");}</pre>
         */
        class Sample {}
        """;
    var examples = JavadocExamples.of(Path.of("Sample.java"), source);
    assertThat(examples).extracting(JavadocExamples.Example::line).containsExactly(4, 8);
    assertThat(JavadocExamples.errors(examples, folder))
        .singleElement()
        .asString()
        .startsWith("Sample.java:8: ")
        .contains("String cannot be converted to dev.fresnel.tensor.Dim");
  }
}
