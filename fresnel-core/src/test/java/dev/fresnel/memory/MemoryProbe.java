package dev.fresnel.memory;

import dev.fresnel.Fresnel;
import dev.fresnel.hook.Dims;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.TensorFile;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;

/**
 * A program whose memory a test watches. It repeats one kind of work many times, and prints the
 * memory it holds after the tenth repetition and at the end, as {@code at 10: 1234 objects 5678
 * native 910 heap}.
 */
final class MemoryProbe {
  private static final int WARM = 10;

  private MemoryProbe() {}

  public static void main(String[] arguments) {
    int times = Integer.parseInt(arguments[1]);
    switch (arguments[0]) {
      case "runs" -> runs(times);
      case "loads" -> loads(times, Path.of(arguments[2]), Path.of(arguments[3]));
      case "by-hand" -> repeat(times, () -> use(Fresnel.load("by-hand")));
      case "loose" -> loose(times);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  /**
   * About 14 MB of activations and logits per run, so that even one leaked tensor per run is
   * visible.
   */
  private static void runs(int times) {
    var everything = RunPlan.captureAll().and(RunPlan.capture(HookKind.RESULT));
    try (Transformer model = ToyModels.of(config(256), 1)) {
      int[] ids = IntStream.range(0, 64).map(i -> i * 31 % 997).toArray();
      repeat(
          times,
          () -> {
            try (var run = model.run(model.tokens(ids), everything)) {
              run.logits();
              run.lossPerToken();
            }
          });
    }
  }

  /** A model of 4 MB, raw and processed, and one with a tokenizer. */
  private static void loads(int times, Path withTokenizer, Path folder) {
    Path weights = folder.resolve("model.safetensors");
    ModelConfig config = config(128);
    TensorFile.write(weights, ToyModels.weights(config, 1), Map.of());
    repeat(
        times,
        () -> {
          use(Fresnel.load(config, weights));
          use(Fresnel.load(config, weights, LoadOptions.DEFAULT));
          use(Fresnel.load(withTokenizer));
        });
  }

  private static void use(Transformer loaded) {
    try (Transformer model = loaded;
        var run = model.run(model.tokens(1, 2, 3))) {
      run.logits();
    }
  }

  /** Tensors of 1 MB that are never closed and have no scope: in total, many times the limit. */
  private static void loose(int times) {
    double sum = 0;
    for (int i = 0; i < times; i++) {
      sum += Tensor.full(Shape.of(Dims.POS, 1 << 18), i).select(Dims.POS, 5).floats()[0];
    }
    System.out.println("sum " + sum);
  }

  private static ModelConfig config(int dModel) {
    return ModelConfig.of(
        "probe",
        Sizes.builder()
            .layers(4)
            .heads(dModel / 32)
            .dModel(dModel)
            .dHead(32)
            .context(64)
            .vocabulary(997)
            .build());
  }

  private static void repeat(int times, Runnable work) {
    for (int i = 1; i <= times; i++) {
      work.run();
      if (i == WARM || i == times) {
        System.out.println("at " + i + ": " + held());
      }
    }
  }

  /** The memory really held: the smallest of several readings, each after a garbage collection. */
  private static String held() {
    long[][] readings = new long[5][];
    for (int i = 0; i < readings.length; i++) {
      System.gc();
      pause();
      Pointer.trimMemory();
      var memory = Runtime.getRuntime();
      readings[i] =
          new long[] {
            Pointer.totalCount(),
            Pointer.physicalBytes(),
            memory.totalMemory() - memory.freeMemory()
          };
    }
    return least(readings, 0)
        + " objects "
        + least(readings, 1)
        + " native "
        + least(readings, 2)
        + " heap";
  }

  private static long least(long[][] readings, int column) {
    return Arrays.stream(readings).mapToLong(reading -> reading[column]).min().orElseThrow();
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
