package dev.fresnel.workshop.course;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.workshop.Checks;
import dev.fresnel.workshop.course.Result.Outcome;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The source makes a project and notebooks whose solutions pass, and whose stubs say so. */
class CourseTest {
  private static final Course COURSE = Course.read();

  @TempDir Path folder;

  private void project(Track track) throws IOException {
    for (var file : ProjectFiles.of(COURSE, track, true).entrySet()) {
      write(file.getKey(), file.getValue());
    }
  }

  private void notebooks(Track track) throws IOException {
    for (var chapter : COURSE.chapters()) {
      write(chapter.fileName() + ".ipynb", NotebookFile.of(chapter, track));
    }
  }

  private void write(String path, String text) throws IOException {
    var file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** One chapter alone, which is quicker. */
  private static Course only(int chapter) {
    return new Course(COURSE.chapters().subList(chapter - 1, chapter));
  }

  private static void assertAll(List<Result> results, Outcome outcome) {
    assertThat(results).hasSameSizeAs(COURSE.exercises());
    assertThat(results)
        .allSatisfy(each -> assertThat(each.outcome()).as("%s", each).isEqualTo(outcome));
  }

  @Test
  @Tag("long")
  void everySolutionPassesItsCheckInTheProject() throws IOException {
    project(Track.SOLVED);
    assertAll(FolderCheck.of(folder, COURSE), Outcome.PASSED);
  }

  @Test
  @Tag("long")
  void everySolutionPassesItsCheckFromNotebooks() throws IOException {
    notebooks(Track.SOLVED);
    assertAll(FolderCheck.of(folder, COURSE), Outcome.PASSED);
  }

  @ParameterizedTest
  @Tag("long")
  @EnumSource(names = {"HARD", "GUIDED"})
  void everyStubCompilesAndSaysThatItIsNotWrittenYet(Track track) throws IOException {
    project(track);
    assertAll(FolderCheck.of(folder, COURSE), Outcome.NOT_WRITTEN);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theProjectCompilesWithMavenAndWithout(boolean maven, @TempDir Path classes)
      throws IOException {
    var sources = new LinkedHashMap<String, String>();
    ProjectFiles.of(COURSE, Track.SOLVED, maven)
        .forEach(
            (path, text) -> {
              if (path.endsWith(".java")) {
                sources.put(Path.of(path).getFileName().toString().replace(".java", ""), text);
              }
            });
    try (var compilation = new Compilation(classes)) {
      assertThat(compilation.objections(sources)).isEmpty();
    }
  }

  @Test
  void withoutMavenNothingNamesIt() {
    var files = ProjectFiles.of(COURSE, Track.HARD, false);
    assertThat(files).containsKey("src/main/java/workshop/DetectorsCheck.java");
    assertThat(files.keySet()).noneMatch(path -> path.startsWith("src/test"));
    assertThat(files.values()).noneMatch(text -> text.contains("mvnw"));
  }

  @Test
  void theGuidedTrackGivesStepsAndFirstLines() {
    var average =
        COURSE.exercises().stream()
            .filter(e -> e.id().equals("average-over-condition"))
            .findFirst();
    assertThat(average.orElseThrow().code(Track.GUIDED))
        .contains("int heads = (int) pattern.size(HEAD);\n", "  // 1. For each head", "  // 3. ")
        .doesNotContain("// given", "count++");
    assertThat(average.orElseThrow().code(Track.HARD))
        .isEqualTo(
            """
            double[] averageOverCondition(Tensor pattern, Cells cells) {
              throw new NotWrittenYet("average-over-condition");
            }\
            """);
  }

  @Test
  void theTeachersPageHasEachChaptersMinutesIntoWhichItsExercisesFit() throws IOException {
    var page = Files.readString(Path.of("../docs/WORKSHOP.md"));
    for (var chapter : COURSE.chapters()) {
      assertThat(page)
          .contains(
              "| %d. %s | %d |".formatted(chapter.number(), chapter.title(), chapter.minutes()));
      assertThat(chapter.exercises().stream().mapToInt(Exercise::minutes).sum())
          .isLessThan(chapter.minutes());
    }
  }

  @Test
  void everyExerciseHasItsCheck() {
    var checks = Arrays.stream(Checks.class.getDeclaredMethods()).map(Method::getName).toList();
    assertThat(checks)
        .filteredOn(name -> !name.startsWith("lambda"))
        .containsExactlyInAnyOrderElementsOf(
            COURSE.exercises().stream().map(Exercise::method).toList());
  }

  @Test
  void idsOfCellsStayTheSameAndAreUnique() {
    for (var chapter : COURSE.chapters()) {
      String once = NotebookFile.of(chapter, Track.HARD);
      assertThat(once).isEqualTo(NotebookFile.of(chapter, Track.HARD));
      var ids = once.lines().filter(line -> line.contains("\"id\" :")).toList();
      assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);
      assertThat(once).doesNotContain("\"execution_count\" : 1").contains("\"outputs\" : [ ]");
    }
  }

  @Test
  void aMethodWithAnotherHeaderIsNamed() throws IOException {
    project(Track.SOLVED);
    var file = folder.resolve("src/main/java/workshop/Training.java");
    Files.writeString(
        file,
        Files.readString(file)
            .replace("long formedAt(long[] tokens,", "double formedAt(long[] tokens,"));
    assertThat(FolderCheck.of(folder, only(8)))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.outcome()).isEqualTo(Outcome.DOES_NOT_COMPILE);
              assertThat(each.message())
                  .contains("formedAt must be declared as: long formedAt(long[]");
            });
  }

  @Test
  void aChapterThatDoesNotCompileSaysWhereAndTheOthersAreChecked() throws IOException {
    project(Track.SOLVED);
    var file = folder.resolve("src/main/java/workshop/Comparing.java");
    Files.writeString(
        file, Files.readString(file).replace("HeadValues.of(scores)", "HeadValues.of(scores"));
    var failed =
        FolderCheck.of(folder, new Course(COURSE.chapters().subList(5, 8))).stream()
            .filter(each -> each.outcome() != Outcome.PASSED)
            .toList();
    assertThat(failed)
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.outcome()).isEqualTo(Outcome.DOES_NOT_COMPILE);
              assertThat(each.message())
                  .contains("src/main/java/workshop/Comparing.java, line ", "expected");
            });
  }

  @Test
  void anEndlessLoopEndsItsCheckAlone() throws IOException {
    project(Track.SOLVED);
    var file = folder.resolve("src/main/java/workshop/Detectors.java");
    Files.writeString(
        file, Files.readString(file).replace("return key == query;", "while (true) {}"));
    assertThat(FolderCheck.of(folder, only(3), 3000))
        .filteredOn(each -> each.outcome() == Outcome.TOO_SLOW)
        .anyMatch(each -> each.exercise().equals("is-current-token"));
  }

  @Test
  void aFolderWithoutAWorkshopIsNamed() {
    assertThatThrownBy(() -> FolderCheck.of(folder, COURSE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(folder + " holds no workshop");
  }
}
