package dev.fresnel.load;

/**
 * Receives reports of how far loading has come, and remarks on what was found, on the thread that
 * loads.
 */
@FunctionalInterface
public interface Progress {
  /** Ignores all reports. */
  Progress NONE = (what, done, total) -> {};

  /**
   * @param what what is being done, in words: {@code reading weights}
   * @param done how much is done
   * @param total how much there is, in the same unit; 0 if that is not known
   */
  void at(String what, long done, long total);

  /** The same of something that is counted in bytes: {@code downloading model.safetensors}. */
  default void atBytes(String what, long done, long total) {
    at(what, done, total);
  }

  /** What is no error and yet should not pass without a word, as a sentence. */
  default void remark(String sentence) {}
}
