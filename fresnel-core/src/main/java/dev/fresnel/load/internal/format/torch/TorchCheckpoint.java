package dev.fresnel.load.internal.format.torch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.OneFile;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;

/**
 * Weights that Python saved with {@code torch.save(model.state_dict(), path)}: a {@code .pth},
 * {@code .pt} or {@code .bin}, in today's form (a zip) or the one before PyTorch 1.6. The numbers
 * are mapped.
 *
 * <p>Such a file is a Python program. It is not run: a reader of our own knows the few instructions
 * and names that weights need, and refuses every other by name. A dict under {@code model}, {@code
 * state_dict} or {@code model_state_dict} is found, and plain data beside it ignored.
 *
 * <pre>{@code
 * try (var file = TorchCheckpoint.open(Path.of("pytorch_model.bin")); var scope = Scope.open()) {
 *   file.read("transformer.wte.weight").shape();   // [axis0 50257, axis1 768]
 * }
 * }</pre>
 */
public final class TorchCheckpoint extends OneFile<TorchTensor> {
  /**
   * The numbers that a file's tensors hold together, in any case: 64 MB as float32. Beyond it they
   * hold one for each byte of the file, at most. Tensors that share no numbers never hold more.
   */
  private static final long MOST_NUMBERS = 1 << 24;

  private final Map<String, Long> offsets;

  private TorchCheckpoint(
      DataFile file, Map<String, TorchTensor> tensors, Map<String, Long> offsets) {
    super(file, tensors);
    this.offsets = offsets;
  }

  /**
   * @throws FresnelException if the file cannot be read, is damaged, or asks for anything but
   *     weights
   */
  public static TorchCheckpoint open(Path path) {
    return open(path, TorchCheckpoint::of);
  }

  private static TorchCheckpoint of(DataFile file) {
    var content = TorchFile.of(file);
    var tensors = StateDict.of(file, content.root());
    tensors.forEach(
        (name, tensor) -> {
          if (!content.offsets().containsKey(tensor.storage().key())) {
            throw file.error(
                "the numbers of "
                    + StrictJson.shown(name)
                    + " are missing; the file is incomplete");
          }
        });
    requireFewRepeats(file, tensors);
    return new TorchCheckpoint(file, tensors, content.offsets());
  }

  /**
   * Views may repeat numbers, as tied weights do, but a small file shall not become a large model.
   */
  private static void requireFewRepeats(DataFile file, Map<String, TorchTensor> tensors) {
    long most = Math.max(MOST_NUMBERS, file.length());
    long numbers = 0;
    for (TorchTensor tensor : tensors.values()) {
      numbers += tensor.shape().count();
      if (numbers > most) {
        throw file.error(
            "its tensors repeat the numbers of their storages too often: together they hold more"
                + " than "
                + most
                + " numbers, in a file of "
                + file.length()
                + " bytes; save each after calling contiguous()");
      }
    }
  }

  @Override
  public Stored stored(String name) {
    var tensor = entry(name);
    return new Stored(tensor.storage().type(), tensor.storage().type().label(), tensor.shape());
  }

  @Override
  public Tensor read(String name) {
    var tensor = entry(name);
    return tensor.read(file, offsets.get(tensor.storage().key()));
  }

  @Override
  public boolean isMapped(String name) {
    return true;
  }
}
