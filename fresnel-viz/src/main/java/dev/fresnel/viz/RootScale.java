package dev.fresnel.viz;

/**
 * Places on a colour ramp, 0 to 1, by the square root of a weight. Zero is the beginning, of signed
 * weights the middle.
 *
 * @param high the greatest size of a weight
 */
record RootScale(double high, boolean signed) {
  double place(double weight) {
    double root = Math.sqrt(Math.min(1, Math.max(0, (signed ? Math.abs(weight) : weight) / high)));
    return signed ? 0.5 + Math.signum(weight) * root / 2 : root;
  }

  /** The weight at a place. */
  double value(double place) {
    double root = signed ? 2 * place - 1 : place;
    return root * Math.abs(root) * high;
  }

  String caption() {
    return signed ? "difference of attention weights (√ scale)" : "attention weight (√ scale)";
  }
}
