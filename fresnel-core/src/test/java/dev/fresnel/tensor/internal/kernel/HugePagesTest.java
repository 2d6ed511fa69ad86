package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A large tensor's memory asks Linux for huge pages, in any program that uses Fresnel. */
class HugePagesTest {
  @Test
  void weightsAskForHugePages() throws IOException {
    var maps = Path.of("/proc/self/smaps");
    assumeTrue(Files.exists(maps), "Linux tells of its mappings");
    assumeTrue(System.getenv("THP_MEM_ALLOC_ENABLE") == null, "no setting of the user's own");
    try (var scope = Scope.open()) {
      Tensor weights = Tensor.full(Shape.of(new Dim("number"), 1 << 24), 1).copy();
      long address = weights.unwrap().data_ptr().address();
      boolean within = false;
      String flags = "";
      for (String line : Files.readAllLines(maps)) {
        if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
          String[] range = line.substring(0, line.indexOf(' ')).split("-");
          long middle = address + (1 << 25);
          within =
              Long.parseUnsignedLong(range[0], 16) <= middle
                  && middle < Long.parseUnsignedLong(range[1], 16);
        } else if (within && line.startsWith("VmFlags:")) {
          flags = line;
        }
      }
      assertThat(flags).as("flags of the weights' memory").contains(" hg");
    }
  }
}
