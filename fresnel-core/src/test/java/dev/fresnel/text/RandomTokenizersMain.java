package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Harmless;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes and runs random tokenizers without the second wall, and prints each seed before. It ends
 * with how many reached the native code.
 */
public final class RandomTokenizersMain {
  /** Characters of the texts whose tokens are labelled. */
  private static final int LABELLED = 100;

  private RandomTokenizersMain() {}

  /**
   * @param arguments the first seed, and the number of seeds
   */
  public static void main(String[] arguments) {
    long first = Long.parseLong(arguments[0]);
    long count = Long.parseLong(arguments[1]);
    try (var warm = Tokenizer.bytes()) {
      warm.encode("native library");
    }
    var run = new AtomicInteger();
    for (long seed = first; seed < first + count; seed++) {
      System.out.println("seed " + seed);
      byte[] json = RandomTokenizer.json(seed).getBytes(StandardCharsets.UTF_8);
      Harmless.require(() -> use(json, run));
    }
    System.out.println("run " + run.get());
  }

  private static void use(byte[] json, AtomicInteger run) {
    try (var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE, TokenizerTrust.TRUSTED)) {
      tokenizer.decode(0);
      run.incrementAndGet();
      for (String text : TrialMain.PROBES) {
        try {
          tokenizer.decode(tokenizer.encode(text));
          if (text.length() < LABELLED) {
            // Labelling decodes token by token.
            tokenizer.tokens(text, Bos.NONE);
            tokenizer.tokens(text, Bos.PREPEND);
          }
        } catch (FresnelException unknownWord) {
          continue;
        }
      }
      for (int id = 0; id < tokenizer.vocabularySize(); id++) {
        tokenizer.decode(id);
      }
    }
  }
}
