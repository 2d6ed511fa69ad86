package dev.fresnel.load.hub;

/** Receives the progress of downloads. */
@FunctionalInterface
public interface HubListener {
  /** Ignores progress. */
  HubListener NONE = (what, done, total) -> {};

  /**
   * @param what the current activity, in words: {@code downloading model.safetensors}
   * @param done bytes done so far
   * @param total bytes in total; 0 if unknown
   */
  void at(String what, long done, long total);

  /** The same without reports of bytes: what is being done is told, how far it has come is not. */
  default HubListener withoutBytes() {
    return (what, done, total) -> {
      if (total == 0) {
        at(what, done, total);
      }
    };
  }
}
