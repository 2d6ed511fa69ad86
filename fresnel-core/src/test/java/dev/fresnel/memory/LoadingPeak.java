package dev.fresnel.memory;

import dev.fresnel.Fresnel;
import dev.fresnel.hook.Dims;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.TensorFile;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Measures the peak memory of loading, in its own process: {@code make FOLDER LAYERS D_MODEL}
 * writes a float32 GPT-2 in the hub's layout, {@code raw FOLDER} and {@code default FOLDER} load
 * it, run it, and print the memory above the level before, as a fraction of the weight file.
 *
 * <p>It prints two numbers: all resident memory, and the part of it that is not the mapped file.
 * The system can take back pages of the mapped file when it needs memory.
 */
final class LoadingPeak {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int VOCABULARY = 50257;
  private static final int CONTEXT = 1024;

  private LoadingPeak() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[1]);
    if (arguments[0].equals("make")) {
      make(folder, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
    } else {
      LoadOptions options = LoadOptions.DEFAULT;
      measure(folder, arguments[0].equals("raw") ? options.raw() : options);
    }
  }

  private static void measure(Path folder, LoadOptions options) throws Exception {
    warmUp();
    System.gc();
    Thread.sleep(200);
    long resident = status("VmRSS");
    long own = status("RssAnon");
    Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // resets VmHWM, the peak
    long[] peak = {own};
    var watch = new Thread(() -> watch(peak));
    watch.setDaemon(true);
    watch.start();
    try (var model = Fresnel.load(folder, options);
        var run = model.run(model.tokens(1, 2, 3))) {
      run.logits();
      double file = Files.size(folder.resolve("model.safetensors"));
      System.out.printf(
          Locale.ROOT,
          "file %.0f MB; peak above the level before: resident %.3f, without the file's pages"
              + " %.3f%n",
          file / 1e6,
          (status("VmHWM") - resident) / file,
          (Math.max(peak[0], status("RssAnon")) - own) / file);
    }
  }

  /**
   * Loads classes and native libraries, including oneDNN: the memory that any process needs once.
   */
  private static void warmUp() {
    Fresnel.load(Golden.of("gpt2").model()).close();
    try (var scope = Scope.open()) {
      Dim in = Dim.axis(0);
      Dim out = Dim.axis(1);
      Tensor weight = Tensor.full(Shape.of(in, 768).and(out, 768), 0.5);
      for (int rows : new int[] {3, 16}) {
        Fused.linear(
            Tensor.full(Shape.of(Dims.POS, rows).and(in, 768), 1),
            new Fused.Layer(weight, null),
            in);
      }
    }
  }

  static void watch(long[] peak) {
    try {
      while (true) {
        peak[0] = Math.max(peak[0], status("RssAnon"));
        Thread.sleep(2);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static long status(String line) throws IOException {
    for (String one : Files.readAllLines(STATUS)) {
      if (one.startsWith(line + ":")) {
        return Long.parseLong(one.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IllegalStateException("no " + line + " in " + STATUS);
  }

  private static void make(Path folder, int layers, int dModel) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \"gpt2\", \"n_layer\": %d, \"n_embd\": %d, \"n_head\": %d}"
            .formatted(layers, dModel, dModel / 64));
    Map<String, Tensor> weights = new LinkedHashMap<>();
    try (var scope = Scope.open()) {
      put(weights, "transformer.wte.weight", VOCABULARY, dModel);
      put(weights, "transformer.wpe.weight", CONTEXT, dModel);
      for (int layer = 0; layer < layers; layer++) {
        String block = "transformer.h." + layer + ".";
        norm(weights, block + "ln_1", dModel);
        linear(weights, block + "attn.c_attn", dModel, 3 * dModel);
        linear(weights, block + "attn.c_proj", dModel, dModel);
        norm(weights, block + "ln_2", dModel);
        linear(weights, block + "mlp.c_fc", dModel, 4 * dModel);
        linear(weights, block + "mlp.c_proj", 4 * dModel, dModel);
      }
      norm(weights, "transformer.ln_f", dModel);
      TensorFile.write(folder.resolve("model.safetensors"), weights, Map.of());
    }
  }

  private static void linear(Map<String, Tensor> weights, String name, int in, int out) {
    put(weights, name + ".weight", in, out);
    put(weights, name + ".bias", out);
  }

  private static void norm(Map<String, Tensor> weights, String name, int size) {
    put(weights, name + ".weight", size);
    put(weights, name + ".bias", size);
  }

  private static void put(Map<String, Tensor> weights, String name, int... sizes) {
    Shape shape = Shape.of(Dim.axis(0), sizes[0]);
    weights.put(
        name, Tensor.full(sizes.length == 1 ? shape : shape.and(Dim.axis(1), sizes[1]), 0.01));
  }
}
