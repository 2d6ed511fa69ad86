package dev.fresnel.text;

/**
 * What comes before each call of the native code: for a tokenizer of a known shape nothing, for
 * others the same call in a process of its own.
 */
interface Trial extends AutoCloseable {
  /** For tokenizers that need none. */
  Trial NONE =
      new Trial() {
        @Override
        public void text(String text) {}

        @Override
        public void ids(int[] ids) {}

        @Override
        public void close() {}
      };

  /**
   * @throws dev.fresnel.error.FresnelException if encoding this text is not safe
   */
  void text(String text);

  /**
   * @throws dev.fresnel.error.FresnelException if decoding these ids is not safe
   */
  void ids(int[] ids);

  @Override
  void close();
}
