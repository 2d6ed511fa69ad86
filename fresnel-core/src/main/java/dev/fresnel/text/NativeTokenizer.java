package dev.fresnel.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.fresnel.error.FresnelException;
import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;

/**
 * One Rust tokenizer and its native memory. Many threads may use it at once; closing waits for
 * them. If it is never closed, garbage collection frees it.
 */
final class NativeTokenizer implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  /** How many tokens are tried as a text that shows what the tokenizer adds. */
  private static final int MOST_PROBES = 100;

  private final Trial trial;
  private final Handle handle;
  private final Cleaner.Cleanable cleanable;
  private final boolean addsFirstToken;

  /**
   * @param json must have passed {@link TokenizerJson}: the native code aborts the process on some
   *     inputs
   * @param trial comes before each call
   * @throws FresnelException if the native code rejects the file
   */
  NativeTokenizer(String json, Trial trial) {
    this.trial = trial;
    trial.text("");
    TokenizersLibrary library = TokenizerLibrary.get();
    try {
      handle = new Handle(library, library.createTokenizerFromString(json));
    } catch (RuntimeException e) {
      throw UnusableTokenizer.file(
          "the tokenizers library says: " + e.getMessage(),
          "Download the file again, or give token ids in place of text.",
          e);
    }
    cleanable = CLEANER.register(this, handle);
    library.disableTruncation(handle.address);
    library.disablePadding(handle.address);
    int[] around = encode("", true);
    addsFirstToken = around.length > 0 && startsTexts(around[0]);
  }

  /**
   * Whether texts begin with this token, which the tokenizer adds. Shown by a text without it; some
   * vocabularies know few texts, so their first tokens are tried too.
   */
  private boolean startsTexts(int added) {
    for (int id = -1; id < MOST_PROBES; id++) {
      try {
        String text = id < 0 ? "a" : decode(id);
        int[] alone = encode(text, false);
        if (alone.length > 0 && Arrays.stream(alone).noneMatch(each -> each == added)) {
          return encode(text, true)[0] == added;
        }
      } catch (FresnelException unknownText) {
        continue;
      }
    }
    return false;
  }

  /** Whether the tokenizer itself adds a token before each text. */
  boolean addsFirstToken() {
    return addsFirstToken;
  }

  int[] encode(String text, boolean addSpecialTokens) {
    trial.text(text);
    TokenizersLibrary library = handle.library;
    return handle.use(
        address -> {
          long encoding = library.encode(address, wellFormed(text), addSpecialTokens);
          try {
            long[] ids = library.getTokenIds(encoding);
            int[] narrow = new int[ids.length];
            for (int i = 0; i < ids.length; i++) {
              narrow[i] = (int) ids[i];
            }
            return narrow;
          } finally {
            library.deleteEncoding(encoding);
          }
        });
  }

  String decode(int... ids) {
    trial.ids(ids);
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    return handle.use(address -> handle.library.decode(address, wide, false));
  }

  /** Replaces each half of a surrogate pair by U+FFFD, since it has no UTF-8 encoding. */
  private static String wellFormed(String text) {
    StringBuilder mended = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      mended = mended == null ? new StringBuilder(text) : mended;
      mended.setCharAt(i, '\uFFFD');
    }
    return mended == null ? text : mended.toString();
  }

  static FresnelException closed() {
    return new FresnelException(
        "The tokenizer was closed, or the model that it belongs to. Use it before closing.");
  }

  @Override
  public void close() {
    trial.close();
    cleanable.clean();
  }

  /**
   * The native pointer. It is a class of its own so that the cleaner does not keep the tokenizer
   * alive.
   */
  private static final class Handle implements Runnable {
    private final TokenizersLibrary library;
    private final long address;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    Handle(TokenizersLibrary library, long address) {
      this.library = library;
      this.address = address;
    }

    <T> T use(LongFunction<T> call) {
      lock.readLock().lock();
      try {
        if (closed) {
          throw closed();
        }
        return call.apply(address);
      } catch (FresnelException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new FresnelException(
            "The tokenizer's library refused this: "
                + e.getMessage()
                + ". Give token ids instead of the text.",
            e);
      } finally {
        lock.readLock().unlock();
      }
    }

    @Override
    public void run() {
      lock.writeLock().lock();
      try {
        if (!closed) {
          closed = true;
          library.deleteTokenizer(address);
        }
      } finally {
        lock.writeLock().unlock();
      }
    }
  }
}
