package dev.fresnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.docs.DocPage;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No source file is too long to be read at one sitting. */
class SourceLengthTest {
  private static final int MOST_LINES = 400;

  /** What the build and package managers write. */
  private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git", ".venv");

  @Test
  void noSourceFileIsLongerThanFourHundredLines() throws IOException {
    var sources = sources(DocPage.root());
    assertThat(sources).hasSizeGreaterThan(300);
    assertThat(tooLong(sources)).isEmpty();
  }

  @Test
  void aFileThatIsTooLongIsNamedWithItsLength(@TempDir Path folder) throws IOException {
    Path file = Files.createDirectories(folder.resolve("src")).resolve("Long.java");
    Files.writeString(file, "//\n".repeat(MOST_LINES));
    assertThat(tooLong(sources(folder))).isEmpty();
    Files.writeString(file, "//\n".repeat(MOST_LINES + 1));
    assertThat(tooLong(sources(folder))).containsExactly(file + ": 401 lines");
  }

  private static List<String> tooLong(List<Path> sources) throws IOException {
    var tooLong = new ArrayList<String>();
    for (Path source : sources) {
      int lines = Files.readAllLines(source).size();
      if (lines > MOST_LINES) {
        tooLong.add(source + ": " + lines + " lines");
      }
    }
    return tooLong;
  }

  /** Every Java and TypeScript file at or below a folder. */
  private static List<Path> sources(Path root) throws IOException {
    var sources = new ArrayList<Path>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return NOT_OURS.contains(folder.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.toString();
            if (name.endsWith(".java") || name.endsWith(".ts")) {
              sources.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return sources;
  }
}
