package dev.fresnel.analysis;

import java.util.Arrays;

/** Rows of numbers that a value copies in and out, so that nobody can change it. */
public final class Rows {
  private Rows() {}

  /** A copy, whose rows are copies too. */
  public static double[][] copy(double[][] rows) {
    return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
  }

  /** The same of a list of such rows. */
  public static double[][][] copy(double[][][] layers) {
    return Arrays.stream(layers).map(Rows::copy).toArray(double[][][]::new);
  }
}
