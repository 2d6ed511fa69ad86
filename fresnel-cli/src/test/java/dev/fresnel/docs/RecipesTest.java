package dev.fresnel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.docs.DocPage.Example;
import dev.fresnel.testkit.SmolLm2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The recipes compile unchanged, and print what their pages say. */
class RecipesTest {
  private static final String OVERVIEW = "docs/recipes/README.md";

  /** Needs SmolLM2, under the name that the page gives it. */
  private static final String OF_SMOLLM2 = "docs/recipes/indirect-object.md";

  private static final String SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf";

  /** What each recipe's examples printed. One process runs them all, since a start takes long. */
  private static final Map<String, List<String>> PRINTED = new HashMap<>();

  /** A picture that an example writes. */
  private static final Pattern PICTURE = Pattern.compile("write\\(Path\\.of\\(\"([^\"]+)\"\\)\\)");

  @TempDir static Path written;

  @BeforeAll
  static void runThemAll() throws Exception {
    var all = new ArrayList<Example>();
    recipes().forEach(path -> all.addAll(DocPage.of(path).examples()));
    var printed = DocProgram.run(imports(), all, written).iterator();
    recipes()
        .forEach(
            path ->
                PRINTED.put(
                    path, DocPage.of(path).examples().stream().map(e -> printed.next()).toList()));
  }

  /** The imports of every example: the only Java block of the overview. */
  static String imports() {
    return DocPage.of(OVERVIEW).examples().get(0).java();
  }

  static Stream<String> recipes() throws IOException {
    try (var files = Files.list(DocPage.root().resolve("docs/recipes"))) {
      return files
          .map(file -> "docs/recipes/" + file.getFileName())
          .filter(path -> !path.equals(OVERVIEW) && !path.equals(OF_SMOLLM2))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipePrintsWhatItSays(String path) {
    assertThat(PRINTED.get(path))
        .isNotEmpty()
        .isEqualTo(DocPage.of(path).examples().stream().map(Example::prints).toList());
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeDrawsItsResultAndSaysWhatItDoesNotShow(String path) {
    String text = DocPage.of(path).text();
    var picture = PICTURE.matcher(text);
    assertThat(picture.find()).as("writes a picture").isTrue();
    assertThat(written.resolve(picture.group(1))).isNotEmptyFile();
    assertThat(text.substring(picture.end()))
        .contains("`" + picture.group(1) + "`", "What it does not show");
  }

  @Test
  void theRecipeForARealModelCompiles(@TempDir Path folder) throws Exception {
    for (Example example : DocPage.of(OF_SMOLLM2).examples()) {
      DocProgram.compile(imports(), example, folder);
    }
    theOverviewLeadsToEveryRecipe(OF_SMOLLM2);
  }

  @Test
  @Tag("long")
  void theRecipeForARealModelPrintsWhatItSaysAndDrawsItsPicture(@TempDir Path folder)
      throws Exception {
    Files.createSymbolicLink(folder.resolve(SMOLLM2), SmolLm2.file());
    var examples = DocPage.of(OF_SMOLLM2).examples();
    assertThat(DocProgram.run(imports(), examples, folder))
        .isEqualTo(examples.stream().map(Example::prints).toList());
    assertThat(folder.resolve("indirect-object.html")).isNotEmptyFile();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void theOverviewLeadsToEveryRecipe(String path) {
    assertThat(DocPage.of(OVERVIEW).text()).contains("(" + Path.of(path).getFileName() + ")");
  }
}
