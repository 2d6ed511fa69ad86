package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The small text that Git keeps in the place of a large file until Git LFS has fetched it.
 *
 * @param bytes the size of the large file
 * @see <a href="https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md">Git LFS
 *     specification</a>
 */
record LfsPointer(Path file, long bytes) {
  /** Bytes; by the specification a pointer is smaller. */
  private static final long LARGEST = 1024;

  private static final Pattern TEXT =
      Pattern.compile(
          "version https://(?:git-lfs|hawser)\\.github\\.com/spec/.*\nsize (\\d{1,18})\n.*",
          Pattern.DOTALL);

  /** The pointer in a file's place; empty if the file is something else. */
  static Optional<LfsPointer> in(Path file) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) >= LARGEST) {
        return Optional.empty();
      }
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      Matcher pointer = TEXT.matcher(text.replace("\r\n", "\n"));
      return pointer.matches()
          ? Optional.of(new LfsPointer(file, Long.parseLong(pointer.group(1))))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // whoever reads the file will say so
    }
  }

  /**
   * @throws FresnelException if a pointer stands in the place of a file on this machine
   */
  static void refuse(Path file) {
    in(file)
        .ifPresent(
            pointer -> {
              throw new FresnelException(
                  pointer
                      + ", as a clone without Git LFS leaves it. Run 'git lfs install' and then 'git lfs pull' in "
                      + file.toAbsolutePath().getParent()
                      + ", or fetch the model with 'fresnel download ORG/NAME'");
            });
  }

  @Override
  public String toString() {
    return file
        + " is not the file itself but Git LFS's pointer to it ("
        + Bytes.shown(bytes)
        + ")";
  }
}
