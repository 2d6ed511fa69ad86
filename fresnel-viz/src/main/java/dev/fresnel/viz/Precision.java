package dev.fresnel.viz;

/** How exactly a page carries attention weights, from the most to the least. */
enum Tier {
  /** The upper 24 bits of a 32-bit float: four significant digits and more. */
  FLOAT24("float24", 3),
  /** One byte, 255 times the square root: two decimals. */
  SQRT8("sqrt8", 1),
  /**
   * The strongest keys of each query, one byte each; the rest is left out, and the page says so.
   */
  TOP8("top", 8),
  TOP4("top", 4),
  TOP2("top", 2);

  private final String label;
  private final int amount;

  Tier(String label, int amount) {
    this.label = label;
    this.amount = amount;
  }

  String label() {
    return label;
  }

  boolean sparse() {
    return label.equals("top");
  }

  /** How many keys of a query are kept. */
  int keys() {
    return amount;
  }

  /** About how many characters a page needs for so many weights, before it has been tried. */
  long estimate(long cells, long rows) {
    return sparse() ? rows * (1 + 3L * amount) : cells * amount;
  }

  boolean last() {
    return this == TOP2;
  }

  Tier next() {
    return last() ? this : values()[ordinal() + 1];
  }
}
