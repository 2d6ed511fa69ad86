package dev.fresnel.load;

/** Told, on the loading thread, how far something has come. */
@FunctionalInterface
public interface Progress {
  /** Tells no one. */
  Progress NONE = (what, done, total) -> {};

  /**
   * @param what what is going on, in words: {@code reading weights}
   * @param done how much of it is done
   * @param total how much there is, in the same unit; 0 where that is not known
   */
  void at(String what, long done, long total);

  /** The same of something that is counted in bytes: {@code downloading model.safetensors}. */
  default void atBytes(String what, long done, long total) {
    at(what, done, total);
  }
}
