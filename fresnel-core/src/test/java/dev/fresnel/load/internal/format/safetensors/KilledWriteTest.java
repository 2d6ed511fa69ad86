package dev.fresnel.load.internal.format.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that is killed while it replaces a file leaves the old file or the new one, never part
 * of one.
 */
@Tag("long")
class KilledWriteTest {
  private static final int ROUNDS = 4;

  /** 2 MB: a write takes milliseconds, so that most of the process's time is spent writing. */
  private static final Shape SHAPE = Shape.of(Dim.axis(0), 500_000);

  @TempDir Path folder;

  @Test
  void aKilledWriteLeavesAWholeFile() throws Exception {
    Path path = folder.resolve("x.safetensors");
    var random = new Random(5);
    for (int round = 0; round < ROUNDS; round++) {
      var process =
          ChildJvm.of(
                  List.of("-XX:TieredStopAtLevel=1"),
                  ChildJvm.classPath(),
                  Writer.class.getName(),
                  List.of(path.toString()))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assertThat(process.getInputStream().read()).as("the writer's first word").isEqualTo('.');
      Thread.sleep(random.nextInt(200));
      process.destroyForcibly().waitFor();
      assertWhole(path);
    }
  }

  private static void assertWhole(Path path) {
    try (var file = Safetensors.open(path);
        var scope = Scope.open()) {
      float[] values = file.read("x").floats();
      assertThat(values).hasSize((int) SHAPE.count());
      var same = new float[values.length];
      java.util.Arrays.fill(same, values[0]);
      assertThat(values).isEqualTo(same);
    }
  }

  /** Replaces the file repeatedly until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      Path path = Path.of(arguments[0]);
      for (int i = 0; Files.isDirectory(path.getParent()); i++) {
        try (var scope = Scope.open()) {
          SafetensorsWriter.write(path, Map.of("x", Tensor.full(SHAPE, i)), Map.of());
        }
        System.out.print('.');
        System.out.flush();
      }
    }
  }
}
