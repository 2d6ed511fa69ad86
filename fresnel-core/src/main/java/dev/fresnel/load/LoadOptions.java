package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Device;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.TokenizerTrust;

/**
 * How a model is loaded. Immutable.
 *
 * <pre>{@code
 * Fresnel.load("gpt2.gguf", LoadOptions.DEFAULT.raw().as(DType.BFLOAT16));
 * }</pre>
 *
 * @param processing whether TransformerLens's simplifications are applied
 * @param dtype what the weights and activations are
 * @param device where they are
 * @param progress receives reports of how far loading has come
 * @param tokenizer whether a tokenizer.json of an unknown shape is tried in a process of its own
 */
public record LoadOptions(
    Processing processing,
    DType dtype,
    Device device,
    Progress progress,
    TokenizerTrust tokenizer) {
  /** Processed as TransformerLens does it, float32, on the CPU, no reports. */
  public static final LoadOptions DEFAULT =
      new LoadOptions(
          Processing.DEFAULT, DType.FLOAT32, Device.CPU, Progress.NONE, TokenizerTrust.TRIED);

  /** Whether TransformerLens's simplifications are applied. */
  public enum Processing {
    /**
     * Norms folded, writing weights and the unembedding centred, value biases folded, as far as
     * they apply: what TransformerLens's {@code from_pretrained} does. Log-probabilities stay the
     * same; logits move by one constant per position.
     */
    DEFAULT,
    /** Weights as stored: the numbers are those of the original model. */
    RAW
  }

  public LoadOptions {
    if (!dtype.isFloatingPoint()) {
      throw new FresnelException(
          "weights must be floating-point numbers, not "
              + dtype.label()
              + "; choose float32, float64, float16 or bfloat16");
    }
  }

  public LoadOptions with(Processing other) {
    return new LoadOptions(other, dtype, device, progress, tokenizer);
  }

  /** Weights as stored. */
  public LoadOptions raw() {
    return with(Processing.RAW);
  }

  public LoadOptions as(DType other) {
    return new LoadOptions(processing, other, device, progress, tokenizer);
  }

  public LoadOptions on(Device other) {
    return new LoadOptions(processing, dtype, other, progress, tokenizer);
  }

  /** The type that weights are processed in: never less precise than float32. */
  DType computing() {
    return processing == Processing.RAW || dtype == DType.FLOAT64 ? dtype : DType.FLOAT32;
  }

  /** A weight as it shall be in the model. */
  Tensor placed(Tensor weight) {
    Tensor typed = weight.to(dtype);
    return device.equals(Device.CPU) ? typed : typed.to(device);
  }

  public LoadOptions reporting(Progress listener) {
    return new LoadOptions(processing, dtype, device, listener, tokenizer);
  }

  public LoadOptions trusting(TokenizerTrust other) {
    return new LoadOptions(processing, dtype, device, progress, other);
  }

  @Override
  public String toString() {
    return "LoadOptions[%s, %s, %s, tokenizer %s]"
        .formatted(processing, dtype.label(), device, tokenizer);
  }
}
