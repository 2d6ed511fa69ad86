package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.ShardIndex;
import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.load.internal.format.gguf.Gguf;
import dev.fresnel.load.internal.format.safetensors.Safetensors;
import dev.fresnel.load.internal.format.torch.TorchCheckpoint;
import java.nio.file.Path;

/** Opens a weight file by its ending. */
final class WeightFiles {
  /** What the name of an index of several files ends in. */
  static final String INDEX = ".index.json";

  private WeightFiles() {}

  static WeightSource open(Path file) {
    LfsPointer.refuse(file);
    String name = file.getFileName().toString();
    if (name.endsWith(INDEX)) {
      return ShardIndex.open(file, WeightFiles::open);
    }
    return switch (ending(name)) {
      case "safetensors" -> Safetensors.open(file);
      case "pth", "pt", "bin" -> TorchCheckpoint.open(file);
      case "gguf" -> Gguf.open(file);
      default ->
          throw new FresnelException(
              file
                  + " is no weight file that can be read: .safetensors, .pth, .pt, .bin, .gguf,"
                  + " and the indexes .safetensors.index.json and .bin.index.json");
    };
  }

  /** The kind of file, in the words of a model's description. */
  static String format(Path file) {
    return switch (ending(file.getFileName().toString().replace(INDEX, ""))) {
      case "gguf" -> "GGUF";
      case "pth", "pt", "bin" -> "PyTorch checkpoint";
      default -> "safetensors";
    };
  }

  private static String ending(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
