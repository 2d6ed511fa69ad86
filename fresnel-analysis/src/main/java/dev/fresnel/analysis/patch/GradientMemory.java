package dev.fresnel.analysis.patch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Parallel;

/**
 * The memory of attribution patching beside the model, in bytes: of two runs of one pair of texts,
 * and of the pass back, which keeps all activations of one of them. Estimates from above.
 */
final class GradientMemory {
  private GradientMemory() {}

  /** Of the estimates for one kind of activation. */
  static long ofKind(ModelConfig model, HookKind kind, int length) {
    var sizes = model.sizes();
    boolean heads = kind == HookKind.Z || kind == HookKind.Q;
    boolean shared = kind == HookKind.K || kind == HookKind.V;
    long width =
        heads
            ? (long) sizes.heads() * sizes.dHead()
            : shared ? (long) sizes.keyValueHeads() * sizes.dHead() : sizes.dModel();
    // In both runs, its gradient, and the products of a layer.
    return Float.BYTES * 4 * sizes.layers() * width * length + recorded(model, length);
  }

  /** Of the estimates for all edges. */
  static long ofEdges(ModelConfig model, int length) {
    var sizes = model.sizes();
    long writers = 1 + (long) sizes.layers() * (sizes.heads() + (model.attentionOnly() ? 0 : 1));
    long readers = sizes.heads() + 2L * sizes.keyValueHeads();
    // What writers write in one run less the other, and once more while it is put together.
    long differences = 2 * writers * sizes.dModel() * length;
    // What the heads of one layer read, on every core, and three values between.
    long atReaders = 4L * Parallel.threads() * readers * sizes.dModel() * length;
    return Float.BYTES * (differences + atReaders) + recorded(model, length);
  }

  /** Of a run that records what the pass back needs. */
  private static long recorded(ModelConfig model, int length) {
    var sizes = model.sizes();
    long heads = (long) sizes.dHead() * (sizes.heads() + 2L * sizes.keyValueHeads());
    // As Batching counts a layer.
    long row = 6L * sizes.dModel() + 2 * heads + 3L * model.mlp().width();
    row += 3L * sizes.heads() * length;
    long logits = 3L * sizes.vocabularyOut();
    return Float.BYTES * length * (sizes.layers() * row + logits);
  }

  /**
   * @throws FresnelException if one pair of texts needs more than is allowed
   */
  static void require(long needed, long allowed) {
    if (needed > allowed) {
      throw new FresnelException(
          "one pair of these texts needs about %s, and %s are allowed; allow more, or give shorter texts"
              .formatted(Batching.megabytes(needed), Batching.megabytes(allowed)));
    }
  }
}
