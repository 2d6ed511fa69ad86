package dev.fresnel.viz;

/** The background of a picture, and the colours that go with it. */
public enum Theme {
  /** Dark on white. */
  LIGHT,
  /** Light on near-black. */
  DARK
}
