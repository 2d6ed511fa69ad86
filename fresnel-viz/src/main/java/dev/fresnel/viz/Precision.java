package dev.fresnel.viz;

/** How exactly a page stores attention weights, from the most exact to the least. */
enum Precision {
  /** The upper 24 bits of a 32-bit float: at least four significant digits. */
  FLOAT24("float24", 3),
  /** One byte per weight, 255 times its square root: two decimals. */
  SQRT8("sqrt8", 1),
  /** Only each query's 8 strongest keys, one byte per weight; the page says what is missing. */
  TOP8("top", 8),
  /** Only each query's 4 strongest keys. */
  TOP4("top", 4),
  /** Only each query's 2 strongest keys. */
  TOP2("top", 2);

  private final String label;
  private final int amount;

  /**
   * @param label the format's name in the page's JSON
   * @param amount bytes per weight; for the sparse formats keys per query
   */
  Precision(String label, int amount) {
    this.label = label;
    this.amount = amount;
  }

  String label() {
    return label;
  }

  /** True where only the strongest keys of a query are stored. */
  boolean sparse() {
    return label.equals("top");
  }

  /** The number of keys that a sparse format stores per query. */
  int keys() {
    return amount;
  }

  /**
   * A rough size in characters, known before anything is packed.
   *
   * @param cells the number of weights
   * @param rows the number of queries, summed over heads
   */
  long estimate(long cells, long rows) {
    return sparse() ? rows * (1 + 3L * amount) : cells * amount;
  }

  boolean last() {
    return this == TOP2;
  }

  /** The next less exact one; the last one is its own next. */
  Precision next() {
    return last() ? this : values()[ordinal() + 1];
  }
}
