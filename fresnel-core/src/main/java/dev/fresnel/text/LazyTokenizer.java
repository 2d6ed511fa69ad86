package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import org.jspecify.annotations.Nullable;

/** A native tokenizer that is made on first use. */
final class LazyTokenizer implements AutoCloseable {
  private @Nullable String json;
  private volatile @Nullable NativeTokenizer made;
  private @Nullable FresnelException refused;

  LazyTokenizer(String json) {
    this.json = json;
  }

  /**
   * @throws dev.fresnel.error.FresnelException if the native code rejects the file, or this was
   *     closed
   */
  NativeTokenizer get() {
    NativeTokenizer tokenizer = made;
    return tokenizer == null ? make() : tokenizer;
  }

  private synchronized NativeTokenizer make() {
    NativeTokenizer tokenizer = made;
    if (tokenizer != null) {
      return tokenizer;
    }
    if (json == null) {
      throw NativeTokenizer.closed();
    }
    if (refused != null) {
      throw new FresnelException(refused.getMessage(), refused);
    }
    try {
      tokenizer = new NativeTokenizer(json);
    } catch (FresnelException e) {
      refused = e;
      throw e;
    }
    made = tokenizer;
    json = null;
    return tokenizer;
  }

  @Override
  public synchronized void close() {
    json = null;
    if (made != null) {
      made.close();
    }
  }
}
