package dev.fresnel.workshop.course;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder with an environment that looks like one; scripts/test-notebooks runs real ones. */
class NotebookFolderTest {
  @TempDir Path temporary;
  private Path folder;
  private Path python;

  @BeforeEach
  void anEnvironment() throws IOException {
    folder = temporary.resolve("a folder");
    python = temporary.resolve("environment/bin/python");
    var jar = temporary.resolve("environment/share/jupyter/kernels/java/jjava.jar");
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "");
  }

  private NotebookFolder create(Track track) {
    return NotebookFolder.create(folder, track, Optional.of(python), Optional.empty());
  }

  @Test
  void eachChapterIsANotebookAndTheKernelNeedsNoSecondJavaMachine() throws IOException {
    create(Track.HARD);
    assertThat(folder.resolve("1-opening.ipynb")).exists();
    assertThat(folder.resolve("10-yours.ipynb")).exists();
    var kernel =
        Json.tree(
            Files.readAllBytes(folder.resolve(".fresnel/jupyter/kernels/fresnel/kernel.json")));
    assertThat(kernel.path("argv").toString()).contains("jjava.jar").doesNotContain("launcher");
    assertThat(kernel.at("/env/JJAVA_CLASSPATH").asText()).contains("fresnel-workshop");
  }

  @Test
  void aGivenEnvironmentStaysAsItIs() {
    create(Track.HARD);
    assertThat(temporary.resolve("environment/share/jupyter/kernels/fresnel")).doesNotExist();
    assertThat(folder.resolve(".venv")).doesNotExist();
  }

  @Test
  void notebooksThatAreThereStayAsTheyAre() throws IOException {
    create(Track.HARD);
    var notebook = folder.resolve("3-detectors.ipynb");
    Files.writeString(notebook, "{\"mine\":1}");
    Files.delete(folder.resolve("4-larger.ipynb"));
    create(Track.SOLVED);
    assertThat(notebook).hasContent("{\"mine\":1}");
    assertThat(folder.resolve("4-larger.ipynb")).exists();
  }

  @Test
  void anAnswerAndItsProgressSurviveARestart() throws IOException {
    create(Track.HARD);
    var notebook = folder.resolve("8-training.ipynb");
    Files.writeString(
        notebook,
        Files.readString(notebook)
            .replace(
                "throw new NotWrittenYet(\\\"formed-at\\\");",
                "int i = 0; while (i < scores.length && scores[i] < threshold) i++;"
                    + " return i < scores.length ? tokens[i] : -1;"));
    create(Track.HARD);
    assertThat(FolderCheck.of(folder, new Course(Course.read().chapters().subList(7, 8))))
        .singleElement()
        .satisfies(each -> assertThat(each.outcome()).isEqualTo(Result.Outcome.PASSED));
  }

  @Test
  void aFolderOfSomethingElseStaysAsItIs() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("thesis.txt"), "mine");
    assertThatThrownBy(() -> create(Track.HARD))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("is not empty; nothing in it was changed");
  }

  @Test
  void anEnvironmentWithoutTheKernelIsNamed() {
    python = temporary.resolve("other/bin/python");
    assertThatThrownBy(() -> create(Track.HARD))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("has no kernel for Java")
        .hasMessageContaining("install jjava and jupyterlab there");
  }

  @Test
  void aFolderWithoutWheelsIsNamed() throws IOException {
    Files.createDirectories(temporary.resolve("wheels"));
    assertThatThrownBy(
            () ->
                NotebookFolder.create(
                    folder, Track.HARD, Optional.empty(), Optional.of(temporary.resolve("wheels"))))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("holds no wheels; expected what 'fresnel workshop bundle' collects");
  }
}
