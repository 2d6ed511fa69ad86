package dev.fresnel.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The real model that tests run where {@code scripts/fetch-smollm2} has brought it. */
public final class SmolLm2 {
  private static final String VARIABLE = "FRESNEL_SMOLLM2";

  private SmolLm2() {}

  /** The file; without it the test is skipped with a message, but fails where CI must have it. */
  public static Path file() {
    String path = System.getenv(VARIABLE);
    boolean there = path != null && Files.isRegularFile(Path.of(path));
    if (!there && "true".equals(System.getenv("CI"))) {
      throw new AssertionError(VARIABLE + " must name SmolLM2's GGUF file in CI, but is " + path);
    }
    Assumptions.assumeTrue(
        there,
        () ->
            "SKIPPED: no SmolLM2; run scripts/fetch-smollm2 and set "
                + VARIABLE
                + " to the file it prints");
    return Path.of(path);
  }
}
