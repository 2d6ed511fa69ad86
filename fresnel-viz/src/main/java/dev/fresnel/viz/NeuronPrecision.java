package dev.fresnel.viz;

/** How a page stores activations of neurons, the most exact first. */
enum NeuronPrecision {
  /** The upper 16 bits of a float: two to three digits. */
  HALF16(0, 2.2),
  /** 8 bits per activation, as a part of the neuron's greatest. */
  BYTE8(0, 1),
  /** For each neuron and text, the activations farthest from 0, in 8 bits. */
  TOP8(8, 0),
  TOP4(4, 0),
  TOP2(2, 0),
  TOP1(1, 0);

  /** The characters on a page of a stored activation with its position. */
  private static final double CHARACTERS = 2.7;

  private final int kept;
  private final double characters;

  NeuronPrecision(int kept, double characters) {
    this.kept = kept;
    this.characters = characters;
  }

  /** How many activations of a neuron and text are kept; 0 for all. */
  int kept() {
    return kept;
  }

  boolean last() {
    return this == TOP1;
  }

  NeuronPrecision next() {
    return values()[ordinal() + 1];
  }

  /**
   * About how many characters the data take.
   *
   * @param all how many activations there are
   * @param rows how many pairs of a neuron and a text
   */
  long estimate(long all, long rows) {
    return (long) (kept == 0 ? all * characters : rows * kept * CHARACTERS);
  }
}
