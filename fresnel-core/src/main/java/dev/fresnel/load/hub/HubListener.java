package dev.fresnel.load.hub;

/** Told how far a download has come. */
@FunctionalInterface
public interface HubListener {
  /** Tells no one. */
  HubListener NONE = (what, done, total) -> {};

  /**
   * @param what what is going on, in words: {@code downloading model.safetensors}
   * @param done how many bytes of it are there
   * @param total how many bytes it has
   */
  void at(String what, long done, long total);
}
