package dev.fresnel.load;

import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.text.TokenizerOrReason;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model's files, opened but not read.
 *
 * @param name what to call the model
 * @param source what the user asked for, as he would name it again
 * @param format the kind of weight file: {@code safetensors}
 * @param settings what the files say of the model
 * @param weights the weights; closed with this
 * @param tokenizer makes the tokenizer
 * @param prependBos whether texts begin with a BOS, where a file says so; null leaves it to the
 *     family
 */
record ModelFiles(
    String name,
    String source,
    String format,
    Settings settings,
    WeightSource weights,
    TokenizerFiles tokenizer,
    @Nullable Boolean prependBos)
    implements AutoCloseable {

  /** Makes a tokenizer of the files beside the weights. */
  @FunctionalInterface
  interface TokenizerFiles {
    /** A model without a tokenizer takes token ids only. */
    TokenizerOrReason open(LoadOptions options);
  }

  /**
   * Weights with settings beside them.
   *
   * @param folder where tokenizer.json is, if there is one
   * @param weights the file of weights, or the index of several
   */
  static ModelFiles of(Path folder, Path weights, Settings settings) {
    return of(weights, settings, options -> HubTokenizer.open(folder, options));
  }

  /** The same with a tokenizer from elsewhere. */
  static ModelFiles of(Path weights, Settings settings, TokenizerFiles tokenizer) {
    return new ModelFiles(
        ModelDirectory.plainName(weights),
        weights.toString(),
        WeightFiles.format(weights),
        settings,
        WeightFiles.open(weights),
        tokenizer,
        null);
  }

  /**
   * The same files under another name.
   *
   * @param source what the user asked for
   */
  ModelFiles named(String name, String source) {
    return new ModelFiles(name, source, format, settings, weights, tokenizer, prependBos);
  }

  /** The same files with other weights. */
  ModelFiles withWeights(WeightSource other) {
    return new ModelFiles(name, source, format, settings, other, tokenizer, prependBos);
  }

  @Override
  public void close() {
    weights.close();
  }
}
